import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyPipeline } from '@millrace/contracts';
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

async function apply(name: string, stream: Record<string, unknown>) {
  const document = {
    version: 1,
    name,
    source: { connection: 'shop' },
    target: { connection: 'warehouse', schema: 'public' },
    streams: [{ from: 'public.orders', to: name.replaceAll('-', '_'), key: ['id'], fields: FIELDS, ...stream }],
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
