import { charterNameOf, providerNames } from '@millrace/contracts';
import { addDuration } from '@millrace/kernel';
import { standardTables } from '@millrace/persistence';
import { toSnake } from '@millrace/privacy';
import type { EvidenceReader } from '@millrace/service';
import { runEvidence } from './run/run.evidence.js';
import { tables } from './tables.js';

/** Columns that could hold a record would be of these types and unclassified, or personal beyond who pressed the button. */
const RECORD_SHAPES = ['jsonb', 'text', 'bytea'];

/** Answers of sync to the promise probes. */
export const evidence: Record<string, EvidenceReader> = {
  /** No run may have succeeded without each worker's statement that everything it held was overwritten (F20). */
  'completed-with-discard': async ({ tx }) => {
    const [row] = await tx.query<{ succeeded: number; withoutDiscard: number }>(
      `select count(distinct r.id)::int as succeeded,
         count(*) filter (where p.discard is null or (p.discard->>'complete')::boolean is not true
           or (p.discard->>'released')::bigint <> (p.discard->>'buffers')::bigint)::int as "withoutDiscard"
       from run r join partition p on p.run_id = r.id where r.state = 'succeeded'`,
    );
    return { ...row };
  },
  /**
   * No column of sync can hold a record: each is declared, and what is free-form is counters, documents, sealed positions or
   * aggregates. A group of too few people is as good as a record.
   */
  'records-at-rest': async ({ tx }) => {
    const live = await tx.query<{ table: string; column: string; type: string }>(
      `select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type
       from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and c.relname = any($1)`,
      [tables.map((one) => one.name)],
    );
    const declared = new Set(
      tables.flatMap((one) => Object.keys(one.columns).map((key) => `${one.name}.${toSnake(key)}`)),
    );
    const strangers = await tx.query<{ table: string }>(
      `select relname as table from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not (relname = any($1))`,
      [[...tables.map((one) => one.name), ...standardTables.map((one) => one.name), 'schema_migration']],
    );
    const undeclared = live.filter(
      (one) => RECORD_SHAPES.includes(one.type) && !declared.has(`${one.table}.${one.column}`),
    );
    const [unsealed] = await tx.query<{ rows: number }>(
      `select count(*)::int as rows from partition where sealed_state is not null and substring(sealed_state from 1 for 4) <> 'MLRS'::bytea`,
    );
    const [tooSmall] = await tx.query<{ rows: number }>(
      `select count(*)::int as rows from metric_result, jsonb_array_elements(result->'rows') as one
       where coalesce((one->>'people')::bigint, 0) < minimum_group_size`,
    );
    return {
      columns: live.length,
      undeclared,
      strangeTables: strangers.map((one) => one.table),
      unsealedPositions: unsealed!.rows,
      smallGroups: tooSmall!.rows,
    };
  },
  ...runEvidence,
  /** Cached results of a connector's removed connections that are beyond the time to forget them. */
  forgotten: async ({ tx, runtime, parameters }) => {
    const connector = parameters['connector'] as string;
    const { forgetWithin } = runtime.charter.document.connectors[connector] ?? {};
    if (forgetWithin === undefined) return { left: 0 };
    const [row] = await tx.query<{ left: number }>(
      `select count(*)::int as left from metric_result m join pipeline p on p.id = m.pipeline_id left join run r on r.id = m.run_id
       where m.removed_at < $2 and coalesce(r.source_provider, p.source_provider) = any($1)`,
      [
        providerNames.filter((name) => charterNameOf(name) === connector),
        addDuration(runtime.clock.now(), forgetWithin, -1),
      ],
    );
    return { ...row! };
  },
};
