/**
 * Statements that fill a million rows about one person, as shares of them by service: what the person was told, where they were,
 * and what the ledger says of them. Parameters: their id, an instant, how many rows.
 */
export const personFills = [
  {
    service: 'notifications',
    share: 0.5,
    sql: `insert into notification (id, event_id, org_id, user_id, topic, message, parameters, created_at)
     select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $1::uuid, 'run-failed', 'run-failed', '{}', $2::timestamptz from generate_series(1, $3::integer)`,
  },
  {
    service: 'gateway',
    share: 0.3,
    sql: `insert into access_log (request_id, at, method, route, status, duration_ms, address, user_agent, user_id)
     select gen_random_uuid(), $2::timestamptz, 'GET', '/api/v1/runs', 200, 1, '192.0.2.1', 'bench', $1::uuid from generate_series(1, $3::integer)`,
  },
  {
    service: 'compliance',
    share: 0.2,
    sql: `insert into ledger_personal (leaf_index, field, subject_id, value, salt, at)
     select 1000000000 + n, 'userId', $1::uuid, 'x', decode(repeat('00', 32), 'hex'), $2::timestamptz from generate_series(1, $3::integer) n`,
  },
] as const;
