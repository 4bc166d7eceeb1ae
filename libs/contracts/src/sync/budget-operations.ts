import { z } from 'zod';
import { permission, service } from '../caller.js';
import { f } from '../field.js';
import { get, operation, post, put } from '../operation.js';
import { syncProblems, vaultProblems } from '../problems.js';
import { Run } from './run-shapes.js';

/** What the queries of a connection may read in a calendar month (UTC); nothing is limited by what is absent. */
const limits = {
  monthlyBytes: f.count().optional(),
  monthlyRecords: f.count().optional(),
};

/** A connection's budget and what of it the month has used so far, queries under way included. */
export const Budget = z.strictObject({
  connectionId: f.id('connection'),
  ...limits,
  /** The calendar month in UTC, such as 2026-11. */
  month: f.word(7),
  usedBytes: f.count(),
  usedRecords: f.count(),
});
export type Budget = z.output<typeof Budget>;

const connectionById = z.strictObject({ connectionId: f.id('connection') });

export const readBudget = operation({
  name: 'sync.budget.read',
  summary: 'What a connection’s queries may read this month, and what they have read',
  http: get('/api/v1/connections/{connectionId}/budget'),
  input: connectionById,
  output: Budget,
  access: permission('runs.read'),
});

export const setBudget = operation({
  name: 'sync.budget.set',
  summary: 'Limit what a connection’s queries may read in a month; without limits the budget is lifted',
  http: put('/api/v1/connections/{connectionId}/budget'),
  input: connectionById.extend(limits),
  output: Budget,
  access: permission('budgets.write'),
  audit: 'budget.set',
  errors: [vaultProblems.connectionRevoked, vaultProblems.reconnectNeeded],
});

/** What one query is expected to read; nothing where the source cannot say. */
const estimated = { records: f.count().optional(), bytes: f.count().optional() };

export const estimatePipeline = operation({
  name: 'sync.pipeline.estimate',
  summary:
    'What a run of the pipeline is expected to read, by stream, beside what is left of the budget; no record is read',
  http: post('/api/v1/pipelines/{name}/estimate'),
  input: z.strictObject({ name: f.label() }),
  output: z.strictObject({
    streams: z.array(z.strictObject({ stream: f.label(1_000), ...estimated })),
    budget: Budget,
  }),
  access: permission('pipelines.read'),
  errors: [
    syncProblems.invalidPipeline,
    syncProblems.connectionFailed,
    syncProblems.noWorker,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
  deadlineMs: 30_000,
});

export const approveRun = operation({
  name: 'sync.budget.approve',
  summary: 'Let the queries of a run go on that wait because they would go over their connection’s budget',
  http: post('/api/v1/runs/{runId}/approval'),
  input: z.strictObject({
    runId: f.id('run'),
    /** Most that each of its waiting queries may read; it stops and asks again beyond. Default: twice its estimate. */
    maxBytes: f.count().optional(),
    maxRecords: f.count().optional(),
  }),
  output: Run,
  access: permission('budgets.approve'),
  stepUp: true,
  audit: 'budget.approved',
  errors: [syncProblems.nothingToApprove, syncProblems.runEnded],
});

export const estimateOnWorker = operation({
  name: 'sync.worker.estimate',
  summary: 'A worker asks a source what reading the streams of a document would cost',
  input: z.strictObject({ sourceTicket: f.sealedToken(), targetTicket: f.sealedToken(), document: f.document() }),
  output: z.strictObject({ streams: z.array(z.strictObject(estimated)).max(1_000) }),
  access: service('sync'),
  servedBy: 'sync-worker',
  errors: [
    syncProblems.invalidPipeline,
    syncProblems.connectionFailed,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
  deadlineMs: 25_000,
});

export const estimatePartition = operation({
  name: 'sync.partition.estimate',
  summary: 'Say what the next query of a partition is expected to read, and hear whether it may be made',
  input: z.strictObject({
    runId: f.id('run'),
    partitionId: f.id('partition'),
    fence: f.count(),
    ...estimated,
    /** The query lists the keys of the stream, to find what was deleted; what it reads counts as it was estimated. */
    isListing: f.boolean().optional(),
  }),
  /** When it may not, sync has taken the partition back until somebody approves. */
  output: z.strictObject({ mayRead: f.boolean() }),
  access: service('sync-worker'),
  errors: [syncProblems.fenced, syncProblems.runEnded],
});
