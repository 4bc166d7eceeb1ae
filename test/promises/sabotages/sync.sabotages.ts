import { call, forgetRun, partitionOf, resultOf, RUN, runOf } from './rows.js';
import type { Sabotage } from './sabotage.js';

export const syncSabotages: readonly Sabotage[] = [
  {
    probe: 'sync.pinned-mapping',
    what: 'a run’s document is not the one that it states',
    says: /1 of 1 runs went by another document/,
    sql: { database: 'sync', breaks: runOf('cancelled'), repairs: forgetRun },
  },
  {
    probe: 'sync.results',
    what: 'a run ended without a result',
    says: /1 of 1 runs ended without a result/,
    sql: { database: 'sync', breaks: runOf('failed'), repairs: forgetRun },
  },
  {
    probe: 'sync.results',
    what: 'a result was changed after the end',
    says: /1 of 1 runs were changed after their end/,
    sql: {
      database: 'sync',
      breaks: `${runOf('failed')}; update run set ended_at = now(), receipt = '{"digest":"00","ledgerEntryId":"","streams":[]}' where id = ${RUN}`,
      repairs: forgetRun,
    },
  },
  {
    probe: 'sync.selection',
    what: 'a field was moved that nobody selected',
    says: /1 fields or streams were moved that nobody selected/,
    sql: {
      database: 'sync',
      breaks: `${runOf('succeeded')}; ${partitionOf('succeeded', `'{"projected":["id","ssn"],"dropped":[],"hashed":[]}'`)}`,
      repairs: forgetRun,
    },
  },
  {
    probe: 'egress.recipients',
    what: 'a call went to somebody whom the charter does not list',
    says: /sync called broker 1 times/,
    sql: call('support', 'broker'),
  },
  {
    probe: 'egress.recipients',
    what: 'a sub-processor was given more than its ceiling',
    says: /sync gave credential data to email, above its ceiling/,
    sql: call('communication', 'email', '["credential"]'),
  },
  {
    probe: 'sync.completed-with-discard',
    what: 'a run succeeded without its attestation',
    says: /1 partitions of completed runs/,
    sql: {
      database: 'sync',
      breaks: `${runOf('succeeded')}; ${partitionOf('succeeded')}`,
      repairs: forgetRun,
    },
  },
  {
    probe: 'sync.records-at-rest',
    what: 'a table for records is made',
    says: /undeclared table customer_records/,
    sql: {
      database: 'sync',
      breaks: 'create table customer_records (record jsonb)',
      repairs: 'drop table customer_records',
    },
  },
  {
    probe: 'sync.records-at-rest',
    what: 'a metric tells of one person',
    says: /1 groups of metrics cover too few people/,
    sql: { database: 'sync', breaks: resultOf(1, 'null'), repairs: `delete from pipeline where id = ${RUN}` },
  },
  {
    probe: 'egress.purposes',
    what: 'a call for a forbidden purpose went out',
    says: /sync was allowed 1 outbound calls for sale/,
    sql: call('sale', 'broker'),
  },
];
