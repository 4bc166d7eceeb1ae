import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyPipeline,
  comparePipeline,
  listRuns,
  readReceipt,
  readRun,
  replayRun,
  type Run,
  startRun,
  previewInfo,
  previewPipeline,
} from '@millrace/contracts';
import { fromBase64url, generateLeaseKeyPair, openSealed } from '@millrace/crypto';
import { until } from '@millrace/kernel';
import { connect, type Journey, runToEnd, startJourney, type Visitor } from './journey.js';

let journey: Journey;
let owner: Visitor;

beforeAll(async () => {
  journey = await startJourney();
  for (const database of ['shop', 'warehouse']) await journey.customerSql('postgres', `create database ${database}`);
  await journey.customerSql(
    'shop',
    `create table orders (id integer primary key, country text not null, total numeric(10,2), updated_at timestamptz not null);
     create index on orders (updated_at);
     insert into orders select i, case when i % 2 = 0 then 'DE' else 'US' end, i, '2026-01-01'::timestamptz + i * interval '1 minute' from generate_series(1, 2000) i`,
  );
  owner = await journey.owner();
  await connect(journey, owner, 'shop', 'shop');
  await connect(journey, owner, 'warehouse', 'warehouse');
}, 120_000);
afterAll(() => journey?.stop());

const FIELDS = [{ from: 'id' }, { from: 'total' }, { from: 'updated_at' }];

async function apply(name: string, stream: Record<string, unknown>, change: Record<string, unknown> = {}) {
  const document = {
    version: 1,
    name,
    source: { connection: 'shop' },
    target: { connection: 'warehouse', schema: 'public' },
    streams: [{ from: 'public.orders', to: name.replaceAll('-', '_'), key: ['id'], fields: FIELDS, ...stream }],
    ...change,
  };
  return owner.send(applyPipeline, { name, document });
}

const inTarget = (sql: string) => journey.customerSql('warehouse', sql);

describe('ways of moving a stream', () => {
  it('reads by a cursor what changed since the last run, conditions met at the source', async () => {
    await apply('incremental', {
      read: { cursor: 'updated_at', lookback: 'PT30S' },
      where: [{ field: 'country', equals: 'DE' }],
    });
    expect(await runToEnd(owner, 'incremental')).toMatchObject({ state: 'succeeded', counts: { read: 1_000 } });
    await journey.customerSql('shop', `update orders set total = 0, updated_at = '2026-03-01' where id <= 20`);
    expect(await runToEnd(owner, 'incremental')).toMatchObject({
      state: 'succeeded',
      counts: { read: 11, updated: 10, unchanged: 1 },
    });
    expect(await inTarget(`select count(*)::int as n from incremental where total = 0`)).toEqual([{ n: 10 }]);
  });

  it('reads everything over another connection, on whichever side, since a position speaks of both', async () => {
    await connect(journey, owner, 'shop again', 'shop');
    await connect(journey, owner, 'warehouse again', 'warehouse');
    const reading = { to: 'moving', read: { cursor: 'updated_at', lookback: 'PT30S' } };
    await apply('moving', reading);
    const read = async (change: Record<string, unknown>) => {
      await apply('moving', reading, change);
      return (await runToEnd(owner, 'moving')).counts.read;
    };
    expect(await read({})).toBe(2_000);
    expect(await read({ priority: 'high' })).toBeLessThan(100);
    const source = { connection: 'shop again' };
    expect(await read({ source })).toBe(2_000);
    expect(await read({ source })).toBeLessThan(100);
    expect(await read({ source, target: { connection: 'warehouse again', schema: 'public' } })).toBe(2_000);
  });

  it('replaces the whole set in one step', async () => {
    await apply('replaced', { mode: 'replace' });
    expect(await runToEnd(owner, 'replaced')).toMatchObject({ state: 'succeeded', counts: { inserted: 2_000 } });
    await journey.customerSql('shop', 'delete from orders where id > 1500');
    expect(await runToEnd(owner, 'replaced')).toMatchObject({ state: 'succeeded', counts: { inserted: 1_500 } });
    expect(await inTarget(`select count(*)::int as n from replaced`)).toEqual([{ n: 1_500 }]);
  });

  it('appends, and writes back to what exists', async () => {
    await apply('history', { mode: 'append', key: [], read: { cursor: 'updated_at' } });
    expect(await runToEnd(owner, 'history')).toMatchObject({ counts: { inserted: 1_500 } });
    expect(await runToEnd(owner, 'history')).toMatchObject({ state: 'succeeded', counts: { read: 0 } });
    await inTarget(
      `create table backwards (id integer primary key, total numeric(10,2), note text); insert into backwards values (30, 1, 'mine')`,
    );
    await apply('backwards', { mode: 'update', fields: [{ from: 'id' }, { from: 'total' }] });
    expect(await runToEnd(owner, 'backwards')).toMatchObject({
      state: 'succeeded',
      counts: { updated: 1, inserted: 0, rejected: 1_499 },
    });
    expect(await inTarget('select * from backwards')).toEqual([{ id: 30, total: '30.00', note: 'mine' }]);
  });

  it('moves rejected records again once the mapping or the target copes with them, and only those', async () => {
    await journey.customerSql(
      'shop',
      `create table parcels (id integer primary key, weight text); insert into parcels select i, case when i % 10 = 0 then i || ' kg' else i::text end from generate_series(1, 500) i`,
    );
    const fields = (cast: string) => [{ from: 'id' }, { from: 'weight', cast }];
    const parcels = { from: 'public.parcels', to: 'parcels' };
    await apply('parcels', { ...parcels, fields: fields('integer') });
    const first = await runToEnd(owner, 'parcels');
    expect(first).toMatchObject({ state: 'succeeded', counts: { written: 450, rejected: 50 } });
    await journey.customerSql('shop', `update parcels set weight = replace(weight, ' kg', '') where id <= 200`);
    // A change to a record that was not rejected is not a replay's business.
    await journey.customerSql('shop', `update parcels set weight = '77' where id = 1`);
    const replayed = await ended(await owner.call(replayRun, { runId: first.runId }));
    expect(replayed).toMatchObject({
      state: 'succeeded',
      replayOf: first.runId,
      counts: { read: 500, inserted: 20, rejected: 30 },
    });
    expect(await inTarget('select count(*)::int as n, max(weight) filter (where id = 1) as one from parcels')).toEqual([
      { n: 470, one: 1 },
    ]);
    // The run that was replayed still knows all that it rejected.
    expect(await ended(await owner.call(replayRun, { runId: first.runId }))).toMatchObject({
      counts: { unchanged: 20, rejected: 30 },
    });
    const clean = await runToEnd(owner, 'incremental');
    expect((await owner.send(replayRun, { runId: clean.runId })).body).toMatchObject({
      code: 'sync.nothing-to-replay',
    });
  });

  it('finds what was deleted at the source without a log, and asks before it deletes too much', async () => {
    await apply('mirrored', { deletes: 'remove' }, { limits: { deleted: '1%' } });
    await runToEnd(owner, 'mirrored');
    await journey.customerSql('shop', 'delete from orders where id between 1001 and 1010');
    expect(await runToEnd(owner, 'mirrored')).toMatchObject({ state: 'succeeded', counts: { deleted: 10 } });
    await journey.customerSql('shop', 'delete from orders where id between 1001 and 1100');
    expect(await runToEnd(owner, 'mirrored')).toMatchObject({
      state: 'failed',
      failure: { code: 'connector.too-many-deleted' },
    });
    expect(await inTarget('select count(*)::int as n from mirrored')).toEqual([{ n: 1_490 }]);
    const { runId } = await owner.call(startRun, { name: 'mirrored', acceptChanges: true });
    expect(await ended({ runId } as Run)).toMatchObject({ state: 'succeeded', counts: { deleted: 90 } });
  });

  it('compares both sides by counts and fingerprints, when asked and after each run', async () => {
    await apply('compared', {});
    const run = await runToEnd(owner, 'compared');
    const same = await ended(await owner.call(comparePipeline, { name: 'compared' }));
    expect(same).toMatchObject({ kind: 'compare', state: 'succeeded' });
    expect(same.streams[0]!.comparison).toMatchObject({ source: run.counts.read, differingRanges: 0, changed: 0 });
    await inTarget('update compared set total = total + 1 where id in (3, 4); delete from compared where id = 5');
    const different = await ended(await owner.call(comparePipeline, { name: 'compared' }));
    expect(different.streams[0]!.comparison).toMatchObject({ changed: 2, missing: 1, extra: 0 });
    const receipt = await owner.call(readReceipt, { runId: different.runId });
    expect(receipt.streams[0]!.comparison).toMatchObject({ changed: 2, missing: 1 });
    await apply('watched', {}, { compare: 'after-run' });
    await runToEnd(owner, 'watched');
    const after = await until('the comparison', 20_000, async () => {
      const { runs } = await owner.call(listRuns, { name: 'watched' });
      return runs.find(({ kind, state }) => kind === 'compare' && state === 'succeeded');
    });
    expect(after.streams[0]!.comparison).toMatchObject({ differingRanges: 0 });
    // Nobody asked for it at that moment, and the ledger knows of its start all the same.
    const ledger = `select convert_from(leaf, 'UTF8') as leaf from ledger_leaf where event = 'run.started'`;
    const [entry] = await until('the ledger entry', 10_000, async () => {
      const rows = await journey.platformSql<{ leaf: string }>('compliance', ledger);
      const about = rows.filter(({ leaf }) => leaf.includes(after.runId));
      return about.length > 0 ? about : undefined;
    });
    expect(JSON.parse(entry!.leaf)).toMatchObject({ outcome: 'success', details: { trigger: 'pipeline' } });
    expect((await owner.send(comparePipeline, { name: 'history' })).body).toMatchObject({
      code: 'sync.not-comparable',
    });
  });

  it('previews a few records before and after the mapping, sealed to whoever asked', async () => {
    const pair = await generateLeaseKeyPair();
    const document = {
      version: 1,
      name: 'preview',
      source: { connection: 'shop' },
      target: { connection: 'warehouse' },
      streams: [
        {
          from: 'public.parcels',
          to: 'parcels_preview',
          key: ['id'],
          where: [{ field: 'id', atLeast: 299 }],
          fields: [{ from: 'id' }, { from: 'weight', to: 'grams', cast: 'integer' }],
        },
      ],
    };
    const ask = { document, records: 2, publicKey: pair.publicKey };
    const { sealed, stream } = await owner.call(previewPipeline, ask);
    const opened = await openSealed(pair, fromBase64url(sealed)!, previewInfo(stream));
    expect(JSON.parse(opened.toString())).toEqual([
      { before: { id: '299', weight: '299' }, after: { id: '299', grams: '299' } },
      { before: { id: '300', weight: '300 kg' }, rejected: { field: 'grams', rule: 'not-a-number' } },
    ]);
    expect(await inTarget(`select to_regclass('parcels_preview') as found`)).toEqual([{ found: null }]);
    const faulty = { ...document, streams: [{ ...document.streams[0], from: 'public.nothing' }] };
    expect(await owner.send(previewPipeline, { ...ask, document: faulty })).toMatchObject({ status: 422 });
  });

  async function ended({ runId }: Run): Promise<Run> {
    return until('the end of the replay', 30_000, async () => {
      const run = await owner.call(readRun, { runId });
      return run.endedAt ? run : undefined;
    });
  }

  it('refuses what cannot work, each fault with its place in the document', async () => {
    const faults = async (stream: Record<string, unknown>) => {
      const { status, body } = await apply('faulty', stream);
      expect(status).toBe(422);
      return (body as unknown as { errors: { path: string }[] }).errors.map(({ path }) => path);
    };
    expect(await faults({ mode: 'replace', read: { cursor: 'updated_at' } })).toEqual(['/document/streams/0/read']);
    expect(await faults({ key: [] })).toEqual(['/document/streams/0/key']);
    expect(await faults({ mode: 'append', deletes: 'remove' })).toEqual(['/document/streams/0/deletes']);
    expect(
      await faults({ read: { cursor: 'total', lookback: 'PT5M' }, where: [{ field: 'nothing', above: 1 }] }),
    ).toEqual(expect.arrayContaining(['/document/streams/0/read/cursor', '/document/streams/0/where/0/field']));
    expect(await faults({ where: [{ field: 'id', above: 1, below: 3 }] })).toEqual(['/document/streams/0/where/0']);
  });
});
