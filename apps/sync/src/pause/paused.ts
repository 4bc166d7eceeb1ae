/** SQL that says whether the run `r` is held up. Operators' pauses are seen by the region's role only. */
export const PAUSED = `(
  exists (select 1 from work_pause w where w.org_id = r.org_id and (w.scope = 'organization'
    or (w.scope = 'pipeline' and w.target = r.pipeline)
    or (w.scope = 'connection' and w.target in (r.source_connection_id::text, r.target_connection_id::text))))
  or exists (select 1 from region_pause g where g.provider in ('', r.source_provider, r.target_provider)))`;
