/** Rows that no service would have written, and statements that take them away again. */

export const RUN = `'00000000-0000-7000-8000-000000000001'`;

/** Stands for the id of somebody who was erased; the test knows it. */
export const ERASED = `'{erased}'`;

/** A result of a metric, and the pipeline that it is of. */
export const resultOf = (people: number, removedAt: string) => `
  insert into pipeline (id, org_id, name, version, digest, document, source_connection_id, target_connection_id, source_provider, target_provider, created_at, updated_at)
    values (${RUN}, ${RUN}, 'p', 1, '', '{}', ${RUN}, ${RUN}, 'postgres', 'postgres', now(), now());
  insert into metric_result (id, org_id, pipeline_id, source_connection_id, metric, digest, run_id, partition_id, result, suppressed_groups, minimum_group_size, computed_at, is_current, removed_at)
    values (${RUN}, ${RUN}, ${RUN}, ${RUN}, 'm', '', ${RUN}, ${RUN}, '{"groups":[],"values":["n"],"rows":[{"keys":[],"values":[1],"people":${people}}]}', 0, 20, now(), true, ${removedAt})`;

export const BCRYPT = `$2b$12$${'a'.repeat(53)}`;

/** A sign-up that nobody has confirmed yet. */
export const waiting = (phone: string, passwordHash: string) => `
  insert into sign_up (user_id, org_id, email, email_lookup, password_hash, pepper_version, phone, created_at, expires_at)
    values (${RUN}, ${RUN}, 'waiting@example.com', decode(repeat('00', 32), 'hex'), '${passwordHash}', 1, ${phone}, now(), now() + interval '1 day')`;

/** A run of the pipeline above, or of none. */
export const runOf = (state: string, sourceProvider = 'postgres') => `
  insert into run (id, org_id, pipeline_id, pipeline, pipeline_version, mapping_digest, document, source_connection_id, target_connection_id, source_provider, target_provider, concurrency, kind, trigger, accept_changes, has_budget, state, queued_at)
    values (${RUN}, ${RUN}, ${RUN}, 'p', 1, '', '{"streams":[{"from":"s","fields":[{"from":"id"}]}]}', ${RUN}, ${RUN}, '${sourceProvider}', 'postgres', 1, 'move', 'person', false, false, '${state}', now())`;

export const partitionOf = (state: string, projection = 'null') => `
  insert into partition (id, org_id, run_id, stream, stream_name, target_name, state, fence, attempt, failures, base_counts, counts, base_rejects, rejects, needs_approval, priority, touched_at, projection)
    values (${RUN}, ${RUN}, ${RUN}, 0, 's', 't', '${state}', 1, 1, 0, '{}', '{}', '[]', '[]', false, 1, now(), ${projection})`;

export const forgetRun = `delete from run where id = ${RUN}`;

export const salesforce = (state: string, auth = 'oauth2-pkce', atProvider = 'null') => `
  insert into connection (id, org_id, name, provider, account, config, auth, state, health, scopes, created_at, revoked_at, at_provider)
    values (${RUN}, ${RUN}, 'crm', 'salesforce', 'acme.my.salesforce.com', '{}', '${auth}', '${state}', 'working', '["api"]', now() - interval '60 days',
      ${state === 'revoked' ? `now() - interval '40 days'` : 'null'}, ${atProvider})`;

export const forgetSalesforce = `delete from lease_log where id = ${RUN}; delete from connection where id = ${RUN}`;

/** A call that the egress guard should not have allowed. */
export const call = (purpose: string, recipient: string, categories = '[]') => ({
  database: 'sync',
  breaks: `insert into egress_log (id, at, allowed, purpose, categories, recipient_kind, recipient_id) values (${RUN}, now(), true, '${purpose}', '${categories}', 'sub-processor', '${recipient}')`,
  repairs: `delete from egress_log where id = ${RUN}`,
});

export const rightsCase = (state: string, clocks: string, rest = { columns: '', values: '' }) => ({
  database: 'compliance',
  breaks: `insert into rights_case (id, type, state, received_at, target_at, latest_at, clocks${rest.columns}) values (${RUN}, 'erasure', '${state}', now(), now() + interval '30 days', now() + interval '30 days', '${clocks}'${rest.values})`,
  repairs: `delete from rights_case where id = ${RUN}`,
});

/** What a request was computed with that was given more time twice, long after it was due, for no reason. */
export const extendedTwice = JSON.stringify({
  inputs: {
    right: 'erasure',
    receivedAt: '2026-01-05T00:00:00.000Z',
    regimes: ['gdpr'],
    promises: [],
    events: [
      { kind: 'extended', at: '2026-05-01T00:00:00.000Z' },
      { kind: 'extended', at: '2026-06-01T00:00:00.000Z' },
    ],
  },
});
