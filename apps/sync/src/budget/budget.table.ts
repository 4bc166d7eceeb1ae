import { configuration, personal, plain, table } from '@millrace/privacy';

const category = 'sync-statistics';

/** What the queries of a connection may read in a calendar month. */
export const connectionBudgets = table(
  'connection_budget',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    connectionId: plain.uuid(),
    /** Null: not limited. */
    monthlyBytes: plain.bigint({ nullable: true }),
    monthlyRecords: plain.bigint({ nullable: true }),
    updatedAt: plain.instant(),
  },
  { guards: [{ tenant: true }], unique: [['connectionId']], retention: { livesWith: 'organization' } },
);

export const estimateDecisions = ['within-budget', 'waiting', 'approved'] as const;

/** What a query was expected to read, and who let it: a partition reads nothing of a connection with a budget without one. */
export const queryEstimates = table(
  'query_estimate',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    connectionId: plain.uuid(),
    runId: plain.uuid(),
    partitionId: plain.uuid(),
    streamName: configuration.text(1_000, { retention: 'query-approval' }),
    /** The calendar month in UTC that it counts in, such as 2026-11. */
    month: plain.word(7),
    /** Null where the source cannot say. */
    estimatedBytes: plain.bigint({ nullable: true }),
    estimatedRecords: plain.bigint({ nullable: true }),
    decision: plain.oneOf(estimateDecisions),
    /** Beyond this it stops and asks again; null: not limited. */
    maxBytes: plain.bigint({ nullable: true }),
    maxRecords: plain.bigint({ nullable: true }),
    /** What it has read so far. */
    readBytes: plain.bigint(),
    readRecords: plain.bigint(),
    /** What listing the stream's keys was expected to read: nobody counts it. */
    listedBytes: plain.bigint({ default: '0' }),
    listedRecords: plain.bigint({ default: '0' }),
    isDone: plain.boolean(),
    approvedBy: personal.userId(
      { category, purposes: ['sync'], retention: 'query-approval', onErase: 'blank', of: 'approvedBy' },
      { nullable: true },
    ),
    approvedAt: plain.instant({ nullable: true }),
    createdAt: plain.instant(),
  },
  {
    guards: [{ tenant: true }],
    unique: [['partitionId']],
    indexes: [['connectionId', 'month'], ['runId']],
    retention: { rule: 'query-approval', from: 'createdAt' },
  },
);
