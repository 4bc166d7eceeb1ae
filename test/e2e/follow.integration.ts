import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyPipeline,
  cancelRun,
  deletePipeline,
  pauseWork,
  readRun,
  resetStream,
  startRun,
} from '@millrace/contracts';
import { until } from '@millrace/kernel';
import { connect, type Journey, runToEnd, startJourney, type Visitor } from './journey.js';

let journey: Journey;
let owner: Visitor;

beforeAll(async () => {
  journey = await startJourney({ customerSettings: { wal_level: 'logical' } });
  for (const database of ['shop', 'warehouse']) await journey.customerSql('postgres', `create database ${database}`);
  await inShop(
    `create table orders (id integer primary key, total numeric(10,2), note text, secret text);
     create table lines (order_id integer, number integer, what text, primary key (order_id, number));
     insert into orders select i, i, 'n' || i, 'never read' from generate_series(1, 500) i;
     insert into lines select i, n, 'w' from generate_series(1, 500) i, generate_series(1, 2) n`,
  );
  owner = await journey.owner();
  await connect(journey, owner, 'shop', 'shop');
  await connect(journey, owner, 'warehouse', 'warehouse');
}, 120_000);
afterAll(() => journey?.stop());

const inShop = (sql: string) => journey.customerSql('shop', sql);
const inWarehouse = (sql: string) => journey.customerSql('warehouse', sql);
const slots = () => inShop(`select slot_name from pg_replication_slots where slot_name like 'millrace%'`);

const STREAMS = [
  {
    from: 'public.orders',
    to: 'orders',
    key: ['id'],
    read: 'changes',
    deletes: 'remove',
    fields: [{ from: 'id' }, { from: 'total' }, { from: 'note', steps: [{ case: 'upper' }] }],
  },
  {
    from: 'public.lines',
    to: 'lines',
    key: ['order_id', 'number'],
    read: 'changes',
    deletes: 'remove',
    fields: [{ from: 'order_id' }, { from: 'number' }, { from: 'what' }],
  },
];

async function apply(name: string, change: Record<string, unknown> = {}) {
  const document = {
    version: 1,
    name,
    source: { connection: 'shop' },
    target: { connection: 'warehouse' },
    streams: STREAMS,
    ...change,
  };
  await owner.call(applyPipeline, { name, document });
}

async function expectEqual() {
  expect(await inWarehouse('select * from orders order by id')).toEqual(
    await inShop('select id, total, upper(note) as note from orders order by id'),
  );
  const lines = 'select * from lines order by order_id, number';
  expect(await inWarehouse(lines)).toEqual(await inShop(lines));
}

describe('following the log of a source', () => {
  it('reads each stream once and from then on what the log tells, over one feed', async () => {
    await apply('follow');
    const first = await runToEnd(owner, 'follow');
    expect(first.failure).toBeUndefined();
    expect(first.streams.map(({ stream, counts }) => [stream, counts.inserted])).toEqual([
      ['public.orders', 500],
      ['public.lines', 1_000],
    ]);
    await expectEqual();
    expect(await slots()).toHaveLength(1);
    await inShop(
      `begin; update orders set note = 'changed' where id <= 10; delete from lines where order_id = 1;
       delete from orders where id = 500; insert into orders values (501, 1, 'new', 'x'); update orders set id = 600 where id = 20; commit`,
    );
    const second = await runToEnd(owner, 'follow');
    expect(second.streams.map(({ counts }) => [counts.read, counts.deleted])).toEqual([
      [14, 2],
      [2, 2],
    ]);
    await expectEqual();
    expect(await runToEnd(owner, 'follow')).toMatchObject({ state: 'succeeded', counts: { read: 0 } });
  });

  it('reads a stream that joins later once more, and not the others', async () => {
    const added = { ...STREAMS[1], to: 'lines_again', from: 'public.lines' };
    await inShop('create table extras (id integer primary key); insert into extras select generate_series(1, 30)');
    const extras = { ...added, from: 'public.extras', to: 'extras', key: ['id'], fields: [{ from: 'id' }] };
    await apply('follow', { streams: [...STREAMS, extras] });
    const run = await runToEnd(owner, 'follow');
    expect(run.streams.map(({ counts }) => counts.inserted)).toEqual([0, 0, 30]);
    await apply('follow');
  });

  it('does not bring back what was written back', async () => {
    await inWarehouse(
      'create table corrections (id integer primary key, note text); insert into corrections values (3, $$fixed$$)',
    );
    await apply('corrections', {
      source: { connection: 'warehouse' },
      target: { connection: 'shop' },
      streams: [
        {
          from: 'public.corrections',
          to: 'orders',
          key: ['id'],
          mode: 'update',
          fields: [{ from: 'id' }, { from: 'note' }],
        },
      ],
    });
    expect(await runToEnd(owner, 'corrections')).toMatchObject({ state: 'succeeded', counts: { updated: 1 } });
    expect(await inShop('select note from orders where id = 3')).toEqual([{ note: 'fixed' }]);
    expect(await runToEnd(owner, 'follow')).toMatchObject({ state: 'succeeded', counts: { read: 0 } });
    await inShop(`update orders set note = 'n3' where id = 3`);
    expect(await runToEnd(owner, 'follow')).toMatchObject({ counts: { read: 1 } });
  });

  it('goes on without an end, within a second, where the schedule says so', async () => {
    await apply('follow', { schedule: { continuously: true } });
    const { runId } = await until('the run', 10_000, async () => {
      const [row] = await journey.platformSql<{ runId: string }>(
        'sync',
        `select id as "runId" from run where pipeline = 'follow' and ended_at is null and state = 'running'`,
      );
      return row;
    });
    for (const note of ['one', 'two', 'three']) {
      await inShop(`update orders set note = '${note}' where id = 7`);
      await until('the change', 5_000, async () => {
        const [row] = await inWarehouse('select note from orders where id = 7');
        return row?.['note'] === note.toUpperCase();
      });
    }
    await apply('follow');
    expect((await owner.call(cancelRun, { runId })).state).toBe('cancelled');
    await inShop(`update orders set note = 'after' where id = 8`);
    const run = await runToEnd(owner, 'follow');
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(run.counts.inserted).toBe(0);
    await expectEqual();
  }, 60_000);

  it('says that the source has forgotten the changes, and reads everything anew after a reset', async () => {
    const [slot] = await slots();
    await inShop(`select pg_drop_replication_slot('${slot!['slot_name'] as string}')`);
    await inShop(`delete from orders where id between 100 and 109; update orders set note = 'unseen' where id = 110`);
    const lost = { state: 'failed', failure: { code: 'connector.feed-lost', detail: expect.stringContaining('anew') } };
    expect(await runToEnd(owner, 'follow')).toMatchObject(lost);
    // It does not go away by itself: a feed that began now would pass over what was forgotten.
    expect(await runToEnd(owner, 'follow')).toMatchObject(lost);
    await owner.call(resetStream, { name: 'follow', stream: 'public.orders' });
    // Deletions of the meantime stand in no log, so the guide says to empty the target.
    await inWarehouse('truncate orders, lines');
    expect(await runToEnd(owner, 'follow')).toMatchObject({ state: 'succeeded', counts: { deleted: 0 } });
    await expectEqual();
    await inShop(`update orders set note = 'seen' where id = 110; delete from orders where id = 111`);
    expect(await runToEnd(owner, 'follow')).toMatchObject({ counts: { read: 2, deleted: 1 } });
    await expectEqual();
  });

  it('reads every stream anew when the feed had to be made anew for one that joins', async () => {
    const [slot] = await slots();
    await inShop(`select pg_drop_replication_slot('${slot!['slot_name'] as string}')`);
    await inShop(`update orders set note = 'between' where id = 112`);
    const joining = { ...STREAMS[1], from: 'public.extras', to: 'extras', key: ['id'], fields: [{ from: 'id' }] };
    await apply('follow', { streams: [...STREAMS, joining] });
    expect(await runToEnd(owner, 'follow')).toMatchObject({ state: 'succeeded', counts: { updated: 1 } });
    await expectEqual();
    await apply('follow');
  });

  it('does not keep a worker from other work, however many pipelines it follows without an end', async () => {
    const source = { connection: 'shop', concurrency: 16 };
    // One more than the worker moves at once.
    const names = [1, 2, 3, 4, 5].map((number) => `endless-${number}`);
    for (const name of names) {
      const table = name.replace('-', '_');
      await inShop(`create table ${table} (id integer primary key); insert into ${table} values (1)`);
      const streams = [{ from: `public.${table}`, to: table, key: ['id'], read: 'changes', fields: [{ from: 'id' }] }];
      await apply(name, { source, streams, schedule: { continuously: true } });
    }
    const active = () =>
      journey.platformSql<{ runId: string }>(
        'sync',
        `select id as "runId" from run where pipeline like 'endless-%' and ended_at is null and state = 'running'`,
      );
    await until('all of them', 20_000, async () => (await active()).length === names.length);
    await apply('beside', { source, streams: [{ ...STREAMS[0], to: 'beside', read: 'full', deletes: 'keep' }] });
    expect(await runToEnd(owner, 'beside')).toMatchObject({ state: 'succeeded' });
    const runs = await active();
    for (const name of names) await owner.call(pauseWork, { scope: 'pipeline', target: name });
    for (const { runId } of runs) await owner.call(cancelRun, { runId });
    for (const name of names) await owner.call(deletePipeline, { name });
  }, 60_000);

  it('starts over after a reset, and forgets the feed with the pipeline', async () => {
    await owner.call(resetStream, { name: 'follow', stream: 'public.orders' });
    const run = await runToEnd(owner, 'follow');
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(run.counts.unchanged).toBeGreaterThan(1_400);
    await owner.call(deletePipeline, { name: 'follow' });
    await until('the feed to be gone', 20_000, async () => (await slots()).length === 0);
    // Its row goes once the source has answered.
    const feeds = async () => (await journey.platformSql('sync', 'select * from feed')).length;
    await until('the feed to be forgotten', 20_000, async () => (await feeds()) === 0);
  });

  it('says what the source is missing', async () => {
    await inShop(`create role reader login password 'reader'; grant select on all tables in schema public to reader`);
    await connect(journey, owner, 'reader', 'shop', { username: 'reader', password: 'reader' });
    await apply('refused', { source: { connection: 'reader' } });
    const { runId } = await owner.call(startRun, { name: 'refused' });
    const run = await until('the end', 20_000, async () => {
      const now = await owner.call(readRun, { runId });
      return now.endedAt ? now : undefined;
    });
    expect(run.state).toBe('failed');
    expect(run.failure?.code).toMatch(/^connector\./);
    expect(run.failure?.detail).toMatch(/REPLICATION|publication|replication/);
  });
});
