import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  allows,
  applyPipeline,
  approveRun,
  cancelRun,
  checkpointPartition,
  Counts,
  comparePipeline,
  estimatePipeline,
  listConnections,
  listNotifications,
  pauseWork,
  previewPipeline,
  readBudget,
  readRun,
  resumeWork,
  roles,
  type Run,
  setBudget,
  signIn,
  startRun,
} from '@millrace/contracts';
import { generateLeaseKeyPair } from '@millrace/crypto';
import { MovableClock, until } from '@millrace/kernel';
import { connect, type Journey, runToEnd, startJourney, type Visitor } from './journey.js';

const clock = new MovableClock(new Date('2026-05-20T08:00:00.000Z'));
let journey: Journey;
let owner: Visitor;
let connectionId: string;

beforeAll(async () => {
  journey = await startJourney({ clock, customerSettings: { wal_level: 'logical' } });
  for (const database of ['shop', 'warehouse']) await journey.customerSql('postgres', `create database ${database}`);
  await journey.customerSql(
    'shop',
    `create table events (id integer primary key, kind text not null, filling text);
     insert into events select i, 'k' || i % 10, repeat('x', 300) from generate_series(1, 100000) i;
     create table few (id integer primary key); insert into few select generate_series(1, 100); analyze`,
  );
  owner = await journey.owner();
  await connect(journey, owner, 'shop', 'shop');
  await connect(journey, owner, 'warehouse', 'warehouse');
  const { connections } = await owner.call(listConnections);
  connectionId = connections.find(({ name }) => name === 'shop')!.connectionId;
}, 120_000);
afterAll(() => journey?.stop());

const events = { from: 'public.events', fields: [{ from: 'id' }, { from: 'kind' }] };

async function apply(name: string, streams: Record<string, unknown>[] = [events]) {
  const document = {
    version: 1,
    name,
    source: { connection: 'shop' },
    target: { connection: 'warehouse' },
    streams: streams.map((stream, index) => ({ to: `${name}_${index}`, key: ['id'], ...stream })),
  };
  await owner.call(applyPipeline, { name, document });
}

const runOf = (runId: string) => owner.call(readRun, { runId });
const waits = ({ streams }: Run) => streams.filter(({ needsApproval }) => needsApproval).length;
const waiting = (runId: string, count = 1) =>
  until('the query to wait', 20_000, async () => {
    const run = await runOf(runId);
    return waits(run) === count ? run : undefined;
  });
const ended = (runId: string) =>
  until('the end', 30_000, async () => {
    const run = await runOf(runId);
    return run.endedAt ? run : undefined;
  });
const estimates = (runId: string) =>
  journey.platformSql<{ decision: string; approved: boolean; read: number }>(
    'sync',
    `select decision, approved_by is not null as approved, read_records::int as read from query_estimate where run_id = '${runId}' order by stream_name, created_at`,
  );

describe('a budget', () => {
  it('is shown beside an estimate before anything is read', async () => {
    await apply('shown');
    const { streams, budget } = await owner.call(estimatePipeline, { name: 'shown' });
    expect(streams[0]!.records).toBeGreaterThan(90_000);
    // Two narrow fields, not the filling that nobody selected.
    expect(streams[0]!.bytes).toBeLessThan(100_000 * 100);
    expect(budget).toEqual({ connectionId, month: '2026-05', usedBytes: 0, usedRecords: 0 });
  });

  it('lets pass what fits, counts what was read, and holds up what goes beyond until it is approved', async () => {
    await owner.call(setBudget, { connectionId, monthlyRecords: 150_000 });
    await apply('first');
    const first = await runToEnd(owner, 'first');
    expect(first).toMatchObject({ state: 'succeeded', counts: { read: 100_000 } });
    expect(await owner.call(readBudget, { connectionId })).toMatchObject({ usedRecords: 100_000 });
    await apply('second');
    const { runId } = await owner.call(startRun, { name: 'second' });
    expect((await waiting(runId)).counts.read).toBe(0);
    const told = await until('the owner to be told', 20_000, async () =>
      (await owner.call(listNotifications)).notifications.find(({ topic }) => topic === 'approval-needed'),
    );
    expect(told.parameters).toMatchObject({ runId });
    const approved = await owner.call(approveRun, { runId });
    expect(waits(approved)).toBe(0);
    expect(await ended(runId)).toMatchObject({ state: 'succeeded', counts: { read: 100_000 } });
    expect(await estimates(runId)).toEqual([{ decision: 'approved', approved: true, read: 100_000 }]);
    expect((await owner.send(approveRun, { runId })).body).toMatchObject({ code: 'sync.run-ended' });
    const entries = await until('the ledger to have it', 10_000, async () => {
      const found = await journey.platformSql<{ leaf: string }>(
        'compliance',
        `select convert_from(leaf, 'UTF8') as leaf from ledger_leaf where event = 'budget.approved'`,
      );
      return found.length > 0 ? found : undefined;
    });
    expect(entries.map(({ leaf }) => leaf).join()).toContain(runId);
  });

  it('stops an approved query that reads more than was approved, at a checkpoint from which it goes on', async () => {
    await apply('third');
    const { runId } = await owner.call(startRun, { name: 'third' });
    await waiting(runId);
    await owner.call(approveRun, { runId, maxRecords: 30_000 });
    const stopped = await until('the stop', 20_000, async () => {
      const run = await runOf(runId);
      return waits(run) === 1 && run.counts.read > 0 ? run : undefined;
    });
    expect(stopped.counts.read).toBeGreaterThan(30_000);
    expect(stopped.counts.read).toBeLessThan(100_000);
    await owner.call(approveRun, { runId, maxRecords: 1_000_000 });
    expect(await ended(runId)).toMatchObject({ state: 'succeeded', counts: { read: 100_000, written: 100_000 } });
  });

  it('counts the listing of keys that finds deletions, and holds it up once the records are read', async () => {
    const { usedRecords } = await owner.call(readBudget, { connectionId });
    await owner.call(setBudget, { connectionId, monthlyRecords: usedRecords + 150_000 });
    await apply('mirrored', [{ ...events, deletes: 'remove' }]);
    await journey.customerSql('warehouse', `create table mirrored_0 (id integer primary key, kind text)`);
    await journey.customerSql('warehouse', `insert into mirrored_0 values (0, 'gone at the source')`);
    const { runId } = await owner.call(startRun, { name: 'mirrored' });
    const held = await until('the listing to wait', 20_000, async () => {
      const run = await runOf(runId);
      return waits(run) === 1 && run.counts.read > 0 ? run : undefined;
    });
    expect(held.counts).toMatchObject({ read: 100_000, deleted: 0 });
    await owner.call(approveRun, { runId });
    expect(await ended(runId)).toMatchObject({ state: 'succeeded', counts: { read: 100_000, deleted: 1 } });
    const used = (await owner.call(readBudget, { connectionId })).usedRecords - usedRecords;
    expect(used).toBeGreaterThan(190_000);
    expect(used).toBeLessThan(210_000);
  });

  it('counts the records of a preview, and refuses one that does not fit', async () => {
    const { usedRecords, usedBytes } = await owner.call(readBudget, { connectionId });
    await owner.call(setBudget, { connectionId, monthlyRecords: usedRecords + 5 });
    const document = {
      version: 1,
      name: 'looked-at',
      source: { connection: 'shop' },
      target: { connection: 'warehouse' },
      streams: [{ to: 'looked_at', key: ['id'], ...events }],
    };
    const { publicKey } = await generateLeaseKeyPair();
    await owner.call(previewPipeline, { document, records: 4, publicKey });
    const after = await owner.call(readBudget, { connectionId });
    expect(after.usedRecords).toBe(usedRecords + 4);
    expect(after.usedBytes).toBeGreaterThan(usedBytes);
    expect((await owner.send(previewPipeline, { document, records: 4, publicKey })).body).toMatchObject({
      code: 'sync.over-budget',
    });
    expect((await owner.call(readBudget, { connectionId })).usedRecords).toBe(usedRecords + 4);
  });

  it('is never passed twice for what is left once, however many ask at the same time', async () => {
    const { usedRecords } = await owner.call(readBudget, { connectionId });
    await owner.call(setBudget, { connectionId, monthlyRecords: usedRecords + 150 });
    const few = { from: 'public.few', fields: [{ from: 'id' }] };
    await apply('together', [few]);
    await apply('at-once', [few]);
    const runs = await Promise.all(['together', 'at-once'].map((name) => owner.call(startRun, { name })));
    await until('one to wait and one to be done', 20_000, async () => {
      const now = await Promise.all(runs.map(({ runId }) => runOf(runId)));
      return now.some((run) => waits(run) === 1) && now.some(({ state }) => state === 'succeeded');
    });
    expect((await owner.call(readBudget, { connectionId })).usedRecords).toBe(usedRecords + 100);
    // A higher budget lets it go on without an approval.
    await owner.call(setBudget, { connectionId, monthlyRecords: usedRecords + 250 });
    for (const { runId } of runs) expect(await ended(runId)).toMatchObject({ state: 'succeeded' });
  });

  it('does not hold up what follows a log, which is no question that a source counts', async () => {
    await apply('log', [{ ...events, read: 'changes' }]);
    expect(await runToEnd(owner, 'log')).toMatchObject({ state: 'succeeded', counts: { inserted: 100_000 } });
    await journey.customerSql('shop', `update events set kind = 'new' where id = 7`);
    expect(await runToEnd(owner, 'log')).toMatchObject({ state: 'succeeded', counts: { read: 1 } });
  });

  it('begins anew with the month, which lets go on what waits; comparisons are counted too', async () => {
    const { runId: held } = await owner.call(startRun, { name: 'first' });
    await waiting(held);
    clock.advance(15 * 86_400_000);
    await owner.call(signIn, { email: owner.email, password: owner.password });
    expect(await ended(held)).toMatchObject({ state: 'succeeded' });
    expect(await owner.call(readBudget, { connectionId })).toMatchObject({ month: '2026-06', usedRecords: 100_000 });
    await owner.call(setBudget, { connectionId, monthlyRecords: 120_000 });
    const { runId } = await owner.call(comparePipeline, { name: 'first' });
    await waiting(runId);
    await owner.call(cancelRun, { runId });
    expect(await owner.call(setBudget, { connectionId })).not.toHaveProperty('monthlyRecords');
    expect(await ended((await owner.call(comparePipeline, { name: 'first' })).runId)).toMatchObject({
      state: 'succeeded',
    });
  });

  it('takes no word of records that were read without an estimate', async () => {
    await owner.call(setBudget, { connectionId, monthlyRecords: 1_000_000 });
    await apply('unasked');
    const { pauseId } = await owner.call(pauseWork, { scope: 'pipeline', target: 'unasked' });
    const { runId } = await owner.call(startRun, { name: 'unasked' });
    const [part] = await journey.platformSql<{ id: string }>(
      'sync',
      `update partition set state = 'running', fence = 7 where run_id = '${runId}' returning id`,
    );
    const worker = await journey.region.clientOf('sync-worker');
    const counts = Object.fromEntries(Object.keys(Counts.shape).map((name) => [name, name === 'read' ? 5 : 0]));
    const report = {
      runId,
      partitionId: part!.id,
      fence: 7,
      sealedState: 'AAAA',
      counts: counts as never,
      rejects: [],
    };
    const said = worker.call(checkpointPartition, report, { kind: 'service', name: 'sync-worker' });
    await expect(said).rejects.toMatchObject({ code: 'sync.fenced' });
    await owner.call(cancelRun, { runId });
    await owner.call(resumeWork, { pauseId });
  });

  it('is approved by owners, admins and billing contacts, and by nobody else', () => {
    const may = roles.filter((role) =>
      allows(approveRun.access, { kind: 'user', userId: '', orgId: '', sessionId: '', roles: [role] }),
    );
    expect(may).toEqual(['owner', 'admin', 'billing']);
  });
});
