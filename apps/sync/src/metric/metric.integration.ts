import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyPipeline,
  type Caller,
  finishPartition,
  listMetrics,
  measurePartition,
  type MetricReport,
  readMetric,
  readMetricCsv,
} from '@millrace/contracts';
import { newId, type Problem, systemClock } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { definition as vault } from '@millrace/vault';
import { metricDigest, PipelineDocument } from '../engine/index.js';
import { definition } from '../index.js';
import { partitions } from '../partition/partition.table.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import { endRun, lockRun } from '../run/end-run.js';
import { planRun } from '../run/plan-run.js';
import { runs } from '../run/run.table.js';
import { forgetStale } from './forget-results.js';

const WORKER: Caller = { kind: 'service', name: 'sync-worker' };
const clock = systemClock;
let region: TestRegion;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [definition] });
}, 60_000);
afterAll(() => region?.stop());

function documentOf(values: readonly object[]): PipelineDocument {
  return PipelineDocument.parse({
    version: 1,
    name: 'sales',
    source: { connection: 'a' },
    target: { connection: 'b' },
    streams: [{ from: 'public.t', to: 't', key: ['id'], fields: [{ from: 'id' }, { from: 'country' }] }],
    metrics: [{ name: 'orders', over: 'public.t', by: ['country'], values }],
  });
}

const DOCUMENT = documentOf([{ name: 'n', count: true }]);

/** An organization whose pipeline is being run; its worker has taken the one partition. */
async function underWay() {
  const orgId = newId(clock);
  const pipeline = {
    id: newId(clock),
    orgId,
    name: 'sales',
    version: 1,
    digest: '',
    document: DOCUMENT as unknown as Record<string, unknown>,
    sourceConnectionId: newId(clock),
    targetConnectionId: newId(clock),
    sourceProvider: 'postgres',
    targetProvider: 'postgres',
    nextRunAt: null,
    runsAfter: null,
    createdAt: clock.now(),
    updatedAt: clock.now(),
  };
  const within = <T>(work: (tx: Tx) => Promise<T>) =>
    region.service('sync').database.scoped({ orgId }, { kind: 'service' }, work);
  const start = () =>
    within(async (tx) => {
      const { run, parts } = await planRun(tx, pipeline, { trigger: 'person', startedBy: null }, clock);
      await tx.table(runs).update({ id: run.id }, { state: 'running' });
      await tx.table(partitions).update({ id: parts[0]!.id }, { state: 'running', fence: 1 });
      return { runId: run.id, partitionId: parts[0]!.id, fence: 1 };
    });
  await within((tx) => tx.table(pipelines).insert(pipeline as never));
  const user: Caller = { kind: 'user', userId: newId(clock), orgId, roles: ['viewer'], sessionId: newId(clock) };
  return { held: await start(), start, pipeline, within, user };
}

const EMPTY = {
  read: 0,
  written: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  unknown: 0,
  deleted: 0,
  rejected: 0,
  nulled: 0,
  bytes: 0,
};
const DONE = {
  counts: EMPTY,
  rejects: [],
  projection: { projected: [], dropped: [], hashed: [] },
  discard: { buffers: 0, released: 0, peakBytes: 0, complete: true },
};

function reportOf(change: Partial<MetricReport> = {}): MetricReport {
  return {
    metric: 'orders',
    digest: metricDigest(DOCUMENT, DOCUMENT.metrics[0]!),
    groups: ['country'],
    values: ['n'],
    rows: [{ keys: ['DE'], values: [40], people: 20 }],
    suppressedGroups: 2,
    minimumGroupSize: 20,
    ...change,
  };
}

const worker = () => region.clientOf('sync-worker');
const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'answered',
    (error: Problem) => error.code,
  );
const names = { name: 'sales', metric: 'orders' };

describe('a result', () => {
  it('counts once its stream is done, and takes the place of the one before', async () => {
    const { held, start, user } = await underWay();
    const client = await worker();
    const read = () => region.gatewayCall(readMetric, names, user);
    await client.call(measurePartition, { ...held, report: reportOf() }, WORKER);
    expect(await codeOf(read())).toBe('sync.not-measured');
    await client.call(finishPartition, { ...held, ...DONE }, WORKER);
    expect(await read()).toMatchObject({
      runId: held.runId,
      rows: [{ group: ['DE'], values: [40] }],
      suppressedGroups: 2,
    });
    const next = await start();
    const rows = [{ keys: ['US'], values: [50], people: 20 }];
    await client.call(measurePartition, { ...next, report: reportOf({ rows }) }, WORKER);
    expect(await read()).toMatchObject({ runId: held.runId });
    await client.call(finishPartition, { ...next, ...DONE }, WORKER);
    expect(await read()).toMatchObject({ runId: next.runId, rows: [{ group: ['US'], values: [50] }] });
    expect(await region.gatewayCall(readMetricCsv, names, user)).toEqual({ text: 'country,n\r\nUS,50\r\n' });
  });

  it('is refused when one of its groups covers fewer people than the charter asks for', async () => {
    const { held } = await underWay();
    const report = reportOf({ rows: [{ keys: ['DE'], values: [40], people: 19 }] });
    expect(await codeOf((await worker()).call(measurePartition, { ...held, report }, WORKER))).toBe(
      'sync.group-too-small',
    );
  });

  it('is not shown any more when the charter asks for larger groups than it was measured by', async () => {
    const { held, within, user } = await underWay();
    const client = await worker();
    await client.call(measurePartition, { ...held, report: reportOf() }, WORKER);
    await client.call(finishPartition, { ...held, ...DONE }, WORKER);
    await within((tx) => tx.query('update metric_result set minimum_group_size = 19'));
    expect(await codeOf(region.gatewayCall(readMetric, names, user))).toBe('sync.not-measured');
    const { metrics } = await region.gatewayCall(listMetrics, { name: 'sales' }, user);
    expect(metrics).toEqual([{ metric: 'orders', stream: 'public.t', groups: ['country'], values: ['n'] }]);
  });

  it('of a definition that the pipeline has no longer is left out', async () => {
    const { held, within, pipeline } = await underWay();
    const client = await worker();
    const other = documentOf([{ name: 'other', count: true }]) as unknown as Record<string, unknown>;
    await within((tx) => tx.table(pipelines).update({ id: pipeline.id }, { document: other } as never));
    await client.call(measurePartition, { ...held, report: reportOf() }, WORKER);
    await client.call(finishPartition, { ...held, ...DONE }, WORKER);
    expect(await within((tx) => tx.query('select 1 from metric_result'))).toEqual([]);
  });

  it('over a connection that the pipeline reads no longer is left out, and forgotten', async () => {
    const { held, start, within, pipeline } = await underWay();
    const client = await worker();
    await client.call(measurePartition, { ...held, report: reportOf() }, WORKER);
    await client.call(finishPartition, { ...held, ...DONE }, WORKER);
    const moved = { ...pipeline, sourceConnectionId: newId(clock) };
    const next = await start();
    await within((tx) => tx.table(pipelines).save(moved as never));
    await within((tx) => forgetStale(tx, moved, DOCUMENT));
    await client.call(measurePartition, { ...next, report: reportOf() }, WORKER);
    expect(await within((tx) => tx.query('select 1 from metric_result'))).toEqual([]);
  });

  it('of a run that ends before its stream is done is dropped', async () => {
    const { held, within } = await underWay();
    await (await worker()).call(measurePartition, { ...held, report: reportOf() }, WORKER);
    await within(async (tx) => endRun(tx, (await lockRun(tx, held.runId))!, { state: 'cancelled' }, clock));
    expect(await within((tx) => tx.query('select 1 from metric_result'))).toEqual([]);
  });

  it('says why there is none when it was more than is kept', async () => {
    const { held, user } = await underWay();
    const client = await worker();
    const report = reportOf({ fault: 'too-many-groups', rows: [], suppressedGroups: 0 });
    await client.call(measurePartition, { ...held, report }, WORKER);
    await client.call(finishPartition, { ...held, ...DONE }, WORKER);
    const refusal = await region.gatewayCall(readMetric, names, user).catch((error: Problem) => error);
    expect(refusal).toMatchObject({
      code: 'sync.not-measured',
      details: { detail: expect.stringContaining('10,000') },
    });
  });
});

describe('whose charter offers no metrics', () => {
  it('has none measured, and is told so of its document', async () => {
    await using without = await startTestRegion({ definitions: [vault, definition], charter: 'fluxcascade' });
    const user: Caller = {
      kind: 'user',
      userId: newId(clock),
      orgId: newId(clock),
      roles: ['owner'],
      sessionId: newId(clock),
    };
    const refusal = await without
      .gatewayCall(applyPipeline, { name: 'sales', document: DOCUMENT as never }, user)
      .catch((error: Problem) => error);
    expect(refusal).toMatchObject({
      code: 'sync.invalid-pipeline',
      details: { errors: expect.arrayContaining([expect.objectContaining({ path: '/document/metrics' })]) },
    });
  }, 60_000);
});
