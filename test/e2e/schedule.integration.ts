import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyPipeline,
  claimPartition,
  listPauses,
  listRuns,
  pauseRegion,
  pauseWork,
  readPipeline,
  readRun,
  resetStream,
  resumeRegion,
  resumeWork,
  type Run,
  startRun,
} from '@millrace/contracts';
import { generateLeaseKeyPair } from '@millrace/crypto';
import { delay, MovableClock, until } from '@millrace/kernel';
import { connect, type Journey, runToEnd, startJourney, type Visitor } from './journey.js';

const HOUR_MS = 3_600_000;

const clock = new MovableClock(new Date('2026-05-01T08:00:00.000Z'));
let journey: Journey;
let owner: Visitor;

beforeAll(async () => {
  journey = await startJourney({ clock });
  for (const database of ['shop', 'warehouse']) await journey.customerSql('postgres', `create database ${database}`);
  await journey.customerSql(
    'shop',
    `create table orders (id integer primary key, note text, at timestamptz not null);
     insert into orders select i, 'a', '2026-01-01 00:00:00+00'::timestamptz + i * interval '1 day' from generate_series(1, 30) i`,
  );
  owner = await journey.owner();
  await connect(journey, owner, 'shop', 'shop');
  await connect(journey, owner, 'warehouse', 'warehouse');
}, 120_000);
afterAll(() => journey?.stop());

async function apply(name: string, change: Record<string, unknown> = {}, stream: Record<string, unknown> = {}) {
  const fields = [{ from: 'id' }, { from: 'note' }, { from: 'at' }];
  const document = {
    version: 1,
    name,
    source: { connection: 'shop' },
    target: { connection: 'warehouse' },
    streams: [{ from: 'public.orders', to: name.replaceAll('-', '_'), key: ['id'], fields, ...stream }],
    ...change,
  };
  return (await owner.call(applyPipeline, { name, document })).pipeline;
}

/** The runs of a pipeline once there are `count` and all have ended; oldest first. */
async function ended(name: string, count: number): Promise<Run[]> {
  return until(`${count} runs of ${name}`, 30_000, async () => {
    const { runs } = await owner.call(listRuns, { name });
    return runs.length >= count && runs.every((run) => run.endedAt) ? runs.toReversed() : undefined;
  });
}

const movesOn = (milliseconds: number) => clock.advance(milliseconds);

describe('schedules', () => {
  it('start a run when its time has come, once for all the times that were missed', async () => {
    const { nextRunAt } = await apply('hourly', { schedule: { cron: '0 * * * *', timeZone: 'Europe/Berlin' } });
    expect(nextRunAt).toBe('2026-05-01T09:00:00.000Z');
    movesOn(HOUR_MS - 1_000);
    await delay(1_500);
    expect((await owner.call(listRuns, { name: 'hourly' })).runs).toEqual([]);
    movesOn(1_000);
    expect(await ended('hourly', 1)).toMatchObject([{ trigger: 'schedule', state: 'succeeded', counts: { read: 30 } }]);
    movesOn(1.9 * HOUR_MS);
    await ended('hourly', 2);
    await delay(1_500);
    expect((await owner.call(listRuns, { name: 'hourly' })).runs).toHaveLength(2);
    expect((await owner.call(readPipeline, { name: 'hourly' })).nextRunAt).toBe('2026-05-01T11:00:00.000Z');
    await apply('hourly');
    expect((await owner.call(readPipeline, { name: 'hourly' })).nextRunAt).toBeUndefined();
  });

  it('start one pipeline after another has succeeded', async () => {
    await apply('first');
    await apply('second', { schedule: { after: 'first' } });
    await runToEnd(owner, 'first');
    expect(await ended('second', 1)).toMatchObject([{ trigger: 'pipeline', state: 'succeeded' }]);
  });

  it('leave out a run that is due while the one before still goes on, or start it afterwards', async () => {
    const { pauseId } = await owner.call(pauseWork, { scope: 'organization' });
    for (const overlap of ['skip', 'queue'])
      await apply(`overlap-${overlap}`, { overlap, schedule: { every: 'PT10M' } });
    movesOn(600_000);
    for (const overlap of ['skip', 'queue'])
      await until('a run that waits', 10_000, async () => {
        const { runs } = await owner.call(listRuns, { name: `overlap-${overlap}` });
        return runs.length === 1;
      });
    movesOn(600_000);
    await delay(1_500);
    await owner.call(resumeWork, { pauseId });
    expect(await ended('overlap-queue', 2)).toHaveLength(2);
    expect(await ended('overlap-skip', 1)).toHaveLength(1);
    for (const overlap of ['skip', 'queue']) await apply(`overlap-${overlap}`);
  });
});

describe('pauses', () => {
  it.each([
    ['a pipeline', () => ({ scope: 'pipeline', target: 'held' })],
    ['a connection', async () => ({ scope: 'connection', target: await connectionOf('held') })],
  ] as const)('of %s hold up what it touches until they are lifted', async (_, pause) => {
    await apply('held');
    const { pauseId } = await owner.call(pauseWork, await pause());
    expect((await owner.call(listPauses)).pauses).toMatchObject([{ pauseId }]);
    const { runId } = await owner.call(startRun, { name: 'held' });
    await delay(1_500);
    expect((await owner.call(readRun, { runId })).state).toBe('queued');
    await owner.call(resumeWork, { pauseId });
    await until('the end', 20_000, async () => (await owner.call(readRun, { runId })).state === 'succeeded');
  });

  it('keep a worker from what was handed to the queue before them', async () => {
    await apply('handed');
    const { pauseId } = await owner.call(pauseWork, { scope: 'pipeline', target: 'handed' });
    const { runId } = await owner.call(startRun, { name: 'handed' });
    const [part] = await journey.platformSql<{ id: string }>(
      'sync',
      `update partition set offered_at = now() where run_id = '${runId}' returning id`,
    );
    const worker = await journey.region.clientOf('sync-worker');
    const { publicKey: workerKey } = await generateLeaseKeyPair();
    const claim = worker.call(
      claimPartition,
      { runId, partitionId: part!.id, workerKey },
      {
        kind: 'service',
        name: 'sync-worker',
      },
    );
    await expect(claim).rejects.toMatchObject({ code: 'sync.not-now' });
    expect(await journey.platformSql('sync', `select offered_at from partition where run_id = '${runId}'`)).toEqual([
      { offered_at: null },
    ]);
    await owner.call(resumeWork, { pauseId });
    await until('the end', 20_000, async () => (await owner.call(readRun, { runId })).state === 'succeeded');
  });

  it('of a provider, by the operator, hold up every organization', async () => {
    const operator = await journey.region.clientOf('operator');
    const asOperator = { kind: 'service', name: 'operator' } as const;
    await operator.call(pauseRegion, { provider: 'postgres' }, asOperator);
    await apply('stopped');
    const { runId } = await owner.call(startRun, { name: 'stopped' });
    await delay(1_500);
    expect((await owner.call(readRun, { runId })).state).toBe('queued');
    expect(await operator.call(resumeRegion, { provider: 'postgres' }, asOperator)).toEqual({ lifted: 1 });
    await until('the end', 20_000, async () => (await owner.call(readRun, { runId })).state === 'succeeded');
  });

  it('stop what is under way at a checkpoint, from which it goes on', async () => {
    await journey.customerSql(
      'shop',
      `create table large (id integer primary key, filling text); insert into large select i, repeat('x', 200) from generate_series(1, 600000) i`,
    );
    await apply('large', {}, { from: 'public.large', fields: [{ from: 'id' }, { from: 'filling' }] });
    const { runId } = await owner.call(startRun, { name: 'large' });
    await until('rows under way', 20_000, async () => (await owner.call(readRun, { runId })).counts.written > 0);
    const { pauseId } = await owner.call(pauseWork, { scope: 'pipeline', target: 'large' });
    const stopped = await until('the stop', 20_000, async () => {
      const run = await owner.call(readRun, { runId });
      return run.streams[0]!.state === 'queued' ? run : undefined;
    });
    expect(stopped.counts.written).toBeLessThan(600_000);
    await owner.call(resumeWork, { pauseId });
    const run = await until('the end', 60_000, async () => {
      const now = await owner.call(readRun, { runId });
      return now.endedAt ? now : undefined;
    });
    expect(run).toMatchObject({ state: 'succeeded', counts: { written: 600_000 } });
    // What was written before the pause was not read again.
    expect(run.counts.read).toBeLessThan(700_000);
  }, 90_000);

  async function connectionOf(name: string): Promise<string> {
    const [row] = await journey.platformSql<{ id: string }>(
      'sync',
      'select source_connection_id as id from pipeline where name = $1',
      [name],
    );
    return row!.id;
  }
});

describe('runs of a part', () => {
  it('read a stretch of the cursor again, or one stream of several, or all of it after a reset', async () => {
    await apply('parts', {}, { read: { cursor: 'at' } });
    await runToEnd(owner, 'parts');
    const start = async (input: Record<string, unknown>) => {
      const { runId } = await owner.call(startRun, { name: 'parts', ...input });
      return until('the end', 20_000, async () => {
        const run = await owner.call(readRun, { runId });
        return run.endedAt ? run : undefined;
      });
    };
    const backfill = { from: '2026-01-10T00:00:00.000Z', to: '2026-01-12T00:00:00.000Z' };
    expect(await start({ backfill })).toMatchObject({ state: 'succeeded', counts: { read: 3 } });
    expect(await start({ streams: ['public.orders'] })).toMatchObject({ state: 'succeeded', counts: { read: 1 } });
    expect(await owner.call(resetStream, { name: 'parts', stream: 'public.orders' })).toMatchObject({
      hadPosition: true,
    });
    expect(await start({})).toMatchObject({ state: 'succeeded', counts: { read: 30, unchanged: 30 } });
    const refused = await owner.send(startRun, { name: 'parts', streams: ['public.nothing'] });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: '/streams/0' }] } });
    await apply('whole');
    expect(await owner.send(startRun, { name: 'whole', backfill })).toMatchObject({
      status: 400,
      body: { errors: [{ path: '/backfill' }] },
    });
  });
});
