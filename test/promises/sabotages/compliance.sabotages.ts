import { ERASED, extendedTwice, resultOf, rightsCase, RUN } from './rows.js';
import type { Sabotage } from './sabotage.js';

export const complianceSabotages: readonly Sabotage[] = [
  {
    probe: 'retention.every-ceiling',
    what: 'a log line outlives its period',
    says: /gateway\.access_log holds a row/,
    sql: {
      database: 'gateway',
      breaks: `insert into access_log (request_id, at, method, route, status, duration_ms) values (${RUN}, now() - interval '1 year', 'GET', '/', 200, 1)`,
      repairs: `delete from access_log where request_id = ${RUN}`,
    },
  },
  {
    probe: 'documents.in-date',
    what: 'a report is older than it may be',
    says: /the newest document held until .* only: SOC 2 Type II report/,
    sql: {
      database: 'compliance',
      breaks: `update supplied_document set expires_at = expires_at - interval '2 years'`,
      repairs: `update supplied_document set expires_at = expires_at + interval '2 years'`,
    },
  },
  {
    probe: 'cases.clocks',
    what: 'the date of a case is moved',
    says: /the dates of 1 cases are not those that were computed/,
    sql: rightsCase('open', '{}'),
  },
  {
    probe: 'cases.free',
    what: 'cases get a field for a fee',
    says: /rights_case\.fee_cents has room for a fee/,
    sql: {
      database: 'compliance',
      breaks: 'alter table rights_case add column fee_cents integer',
      repairs: 'alter table rights_case drop column fee_cents',
    },
  },
  {
    probe: 'export.reach',
    what: 'the services lose the right to read pipelines',
    says: /no export of sync\.pipeline is possible: sync_region may not read it/,
    sql: {
      database: 'sync',
      breaks: 'revoke select on pipeline from sync_region',
      repairs: 'grant select on pipeline to sync_region',
    },
  },
  {
    probe: 'erasure.reach',
    what: 'the services lose the right to delete runs',
    says: /no erasure of sync\.run is possible: sync_region may not delete/,
    sql: {
      database: 'sync',
      breaks: 'revoke delete on run from sync_region',
      repairs: 'grant delete on run to sync_region',
    },
  },
  {
    probe: 'erasure.reach',
    what: 'something in the database keeps what is to be erased',
    says: /no erasure of identity\.account is possible: “keep” acts on what is erased/,
    sql: {
      database: 'identity',
      breaks: 'create rule keep as on delete to account do instead nothing',
      repairs: 'drop rule keep on account',
    },
  },
  {
    probe: 'rights.offered',
    what: 'nobody can write a letter any more',
    says: /no request can be opened: case_letter takes no row/,
    sql: {
      database: 'compliance',
      breaks: 'revoke insert on case_letter from compliance_app',
      repairs: 'grant insert on case_letter to compliance_app',
    },
  },
  {
    probe: 'rights.offered',
    what: 'an objection is not answered in time',
    says: /1 requests for them are late/,
    sql: {
      database: 'compliance',
      breaks: `insert into rights_case (id, type, state, received_at, target_at, latest_at, clocks)
        values (${RUN}, 'objection', 'open', now() - interval '60 days', now() - interval '1 day', now(), '{}')`,
      repairs: `delete from rights_case where id = ${RUN}`,
    },
  },
  {
    probe: 'cases.extensions',
    what: 'a request is given more time again and again',
    says: /1 requests were extended twice; 1 requests were extended after their first period; of 1 extensions/,
    sql: rightsCase('open', extendedTwice),
  },
  {
    probe: 'cases.refusals',
    what: 'a request is refused without a ground, by nobody',
    says: /1 refusals rest on no ground of the law; of 1 refusals the ledger knows nobody/,
    sql: rightsCase('done', extendedTwice, {
      columns: ', completed_at, certificate, outcome',
      values: `, now() - interval '1 hour', '{}', 'refused'`,
    }),
  },
  {
    probe: 'erasure.certificates',
    what: 'an erasure is said to be done that never was',
    says: /1 completed erasures are not in the ledger/,
    sql: rightsCase('done', '{}', {
      columns: ', completed_at, certificate',
      values: `, now() - interval '1 hour', '{}'`,
    }),
  },
  {
    probe: 'retention.ceiling',
    promise: 'D58',
    what: 'cached metrics outlive the connection that they rest on',
    says: /sync\.metric_result holds a row/,
    sql: {
      database: 'sync',
      breaks: resultOf(20, `now() - interval '31 days'`),
      repairs: `delete from pipeline where id = ${RUN}`,
    },
  },
  {
    probe: 'ledger.append-only',
    what: 'a service is allowed to change leaves',
    says: /compliance_app may UPDATE ledger_leaf/,
    sql: {
      database: 'compliance',
      breaks: 'grant update on ledger_leaf to compliance_app',
      repairs: 'revoke update on ledger_leaf from compliance_app',
    },
  },
  {
    probe: 'ledger.append-only',
    what: 'the hash under a checkpoint is replaced',
    says: /does not start with the tree/,
    sql: {
      database: 'compliance',
      breaks:
        'update ledger_checkpoint set root = sha256(root) where tree_size = (select max(tree_size) from ledger_checkpoint)',
      repairs: `update ledger_checkpoint set root = decode(split_part(note, E'\\n', 3), 'base64')`,
    },
  },
  {
    probe: 'retention.ceiling',
    what: 'a log line outlives its period',
    says: /gateway\.access_log holds a row/,
    sql: {
      database: 'gateway',
      breaks: `insert into access_log (request_id, at, method, route, status, duration_ms) values (${RUN}, now() - interval '1 year', 'GET', '/', 200, 1)`,
      repairs: `delete from access_log where request_id = ${RUN}`,
    },
  },
  {
    probe: 'ledger.forgets',
    what: 'a personal field of somebody who was erased is put back',
    says: /personal fields about 1 people who were erased/,
    sql: {
      database: 'compliance',
      breaks: `insert into ledger_personal (leaf_index, field, subject_id, value, salt, at) values (1000000, 'userId', ${ERASED}, 'x', decode(repeat('00', 32), 'hex'), now())`,
      repairs: 'delete from ledger_personal where leaf_index = 1000000',
    },
  },
  {
    probe: 'rights.self-serve-endpoints',
    what: 'an endpoint answers people who are signed out',
    says: /GET \/api\/v1\/auth\/me\/export answers 200/,
    edge: 'lets everybody in',
  },
  {
    probe: 'erasure.deadline',
    what: 'an erasure is left lying',
    says: /1 erasures are past their deadline/,
    sql: {
      database: 'compliance',
      breaks: `insert into rights_case (id, type, state, received_at, target_at, latest_at, clocks) values (${RUN}, 'erasure', 'open', now() - interval '60 days', now() - interval '30 days', now() - interval '30 days', '{}')`,
      repairs: `delete from rights_case where id = ${RUN}`,
    },
  },
];
