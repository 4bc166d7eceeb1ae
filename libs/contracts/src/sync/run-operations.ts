import { z } from 'zod';
import { any, breakGlass, permission } from '../caller.js';
import { f } from '../field.js';
import { get, operation, post } from '../operation.js';
import { syncProblems, vaultProblems } from '../problems.js';
import { Backfill, Receipt, Run } from './run-shapes.js';

const runById = z.strictObject({ runId: f.id('run') });

export const startRun = operation({
  name: 'sync.run.start',
  summary: 'Run a pipeline now',
  http: post('/api/v1/pipelines/{name}/runs', { status: 202 }),
  input: z.strictObject({
    name: f.label(),
    /** Names of source streams; absent means all. */
    streams: z.array(f.label(1_000)).min(1).max(1_000).optional(),
    /** Reads this stretch of the cursor again. */
    backfill: Backfill.optional(),
    /** Goes beyond the document's limits for changed and deleted records, this once. */
    acceptChanges: f.boolean().default(false),
  }),
  output: Run,
  access: permission('runs.start'),
  audit: 'run.started',
  errors: [
    syncProblems.runActive,
    syncProblems.invalidPipeline,
    syncProblems.detokenizeRefused,
    syncProblems.connectionFailed,
    syncProblems.noWorker,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
  deadlineMs: 30_000,
});

export const replayRun = operation({
  name: 'sync.run.replay',
  summary: 'Read the records again that a run rejected, and move them as the pipeline says now',
  http: post('/api/v1/runs/{runId}/replay', { status: 202 }),
  input: runById,
  output: Run,
  access: permission('runs.start'),
  audit: 'run.started',
  errors: [
    syncProblems.runActive,
    syncProblems.nothingToReplay,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
});

export const listRuns = operation({
  name: 'sync.run.list',
  summary: 'The latest runs of a pipeline, newest first; of comparisons the counts without their ranges',
  http: get('/api/v1/pipelines/{name}/runs'),
  input: z.strictObject({
    name: f.label(),
    /** The run before which the page begins: `next` of the page before. */
    before: f.id('run').optional(),
    limit: f.integer(1, 200).default(50),
  }),
  /** `next` is there when older ones follow. A page may be shorter than `limit`, because an answer has a largest size. */
  output: z.strictObject({ runs: z.array(Run), next: f.id('run').optional() }),
  access: any(permission('runs.read'), breakGlass()),
});

export const readHistory = operation({
  name: 'sync.run.history',
  summary: 'All runs of your organization with their receipts, oldest first, for as long as the charter keeps them',
  http: get('/api/v1/history'),
  input: z.strictObject({
    /** The run behind which the page begins: `next` of the page before. */
    after: f.id('run').optional(),
    limit: f.integer(1, 200).default(100),
  }),
  /** `next` is there when more follow. */
  output: z.strictObject({
    entries: z.array(z.strictObject({ run: Run, receipt: Receipt.optional() })),
    next: f.id('run').optional(),
  }),
  access: permission('runs.read'),
});

export const readRun = operation({
  name: 'sync.run.read',
  summary: 'One run: state, counters, failure',
  http: get('/api/v1/runs/{runId}'),
  input: runById,
  output: Run,
  access: any(permission('runs.read'), breakGlass()),
});

export const watchRun = operation({
  name: 'sync.run.watch',
  summary: 'Live progress of a run as server-sent events, until it ends; numbers only',
  http: get('/api/v1/runs/{runId}/live', { live: { topic: 'run', id: 'runId' } }),
  input: runById,
  output: Run,
  access: permission('runs.read'),
});

export const cancelRun = operation({
  name: 'sync.run.cancel',
  summary: 'Stop a run; what was committed in the target stays, and the next run goes on from there',
  http: post('/api/v1/runs/{runId}/cancel'),
  input: runById,
  output: Run,
  access: permission('runs.start'),
  audit: 'run.cancelled',
  errors: [syncProblems.runEnded],
});

export const readReceipt = operation({
  name: 'sync.run.receipt',
  summary: 'The receipt of a run that has ended',
  http: get('/api/v1/runs/{runId}/receipt'),
  input: runById,
  output: Receipt,
  access: permission('runs.read'),
});
