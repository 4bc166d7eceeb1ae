import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyPipeline, listNotifications, readPipeline } from '@millrace/contracts';
import { until } from '@millrace/kernel';
import { connect, evidenceOfRuns, type Journey, runToEnd, startJourney, type Visitor, wholeRuns } from './journey.js';

let journey: Journey;
let owner: Visitor;

beforeAll(async () => {
  journey = await startJourney({ customerSettings: { wal_level: 'logical' } });
  for (const database of ['shop', 'warehouse']) await journey.customerSql('postgres', `create database ${database}`);
  owner = await journey.owner();
  await connect(journey, owner, 'shop', 'shop');
  await connect(journey, owner, 'warehouse', 'warehouse');
}, 120_000);
afterAll(() => journey?.stop());

/** A table of its own and a pipeline that moves it. */
async function begin(name: string, drift: Record<string, string>, stream: Record<string, unknown> = {}) {
  const table = name.replaceAll('-', '_');
  await journey.customerSql(
    'shop',
    `create table ${table} (id integer primary key, amount integer, remark text);
     insert into ${table} select i, i, 'r' || i from generate_series(1, 50) i`,
  );
  const document = {
    version: 1,
    name,
    source: { connection: 'shop' },
    target: { connection: 'warehouse' },
    drift,
    streams: [
      {
        from: `public.${table}`,
        to: table,
        key: ['id'],
        fields: [{ from: 'id' }, { from: 'amount' }, { from: 'remark' }],
        ...stream,
      },
    ],
  };
  await owner.call(applyPipeline, { name, document });
  expect(await runToEnd(owner, name)).toMatchObject({ state: 'succeeded', counts: { inserted: 50 } });
  return {
    source: (sql: string) => journey.customerSql('shop', sql.replaceAll('$t', table)),
    target: (sql: string) => journey.customerSql('warehouse', sql.replaceAll('$t', table)),
    apply: () => owner.call(applyPipeline, { name, document }),
  };
}

const driftOf = async (name: string) => {
  const { drift, version, document } = await owner.call(readPipeline, { name });
  return { version, changes: drift!.flatMap(({ changes }) => changes), document: document as Record<string, never> };
};

describe('a source whose fields change', () => {
  it('stops the run where a selected field is gone, says so once, and goes on when the pipeline is applied again', async () => {
    const { source, apply, target } = await begin('lost', {});
    await source('alter table $t drop column remark');
    const run = await runToEnd(owner, 'lost');
    expect(run).toMatchObject({
      state: 'failed',
      counts: { read: 0 },
      failure: { code: 'sync.schema-drift', detail: expect.stringContaining('“remark”'), stream: 'public.lost' },
    });
    expect(await driftOf('lost')).toMatchObject({
      version: 1,
      changes: [{ field: 'remark', kind: 'lost', outcome: 'stopped' }],
    });
    expect(await runToEnd(owner, 'lost')).toMatchObject({ state: 'failed', failure: { code: 'sync.schema-drift' } });
    const told = await until('the notification', 20_000, async () => {
      const { notifications } = await owner.call(listNotifications, {});
      const found = notifications.filter(({ topic }) => topic === 'schema-drift');
      return found.length > 0 ? found : undefined;
    });
    expect(told).toMatchObject([{ parameters: { runId: run.runId, stops: 'true' } }]);
    await source('alter table $t add column remark text');
    await apply();
    expect((await driftOf('lost')).changes).toEqual([]);
    expect(await runToEnd(owner, 'lost')).toMatchObject({ state: 'succeeded' });
    expect(await target('select count(*)::int as n from $t')).toEqual([{ n: 50 }]);
  });

  it('goes on without a lost field where the document says so: what the target has stays', async () => {
    const { source, target } = await begin('ignored', { lost: 'ignore' });
    await source('alter table $t drop column remark; update $t set amount = amount + 1');
    expect(await runToEnd(owner, 'ignored')).toMatchObject({ state: 'succeeded', counts: { updated: 50 } });
    expect(await target(`select count(remark)::int as remarks, sum(amount)::int as amount from $t`)).toEqual([
      { remarks: 50, amount: 1_325 },
    ]);
    const after = await driftOf('ignored');
    expect(after).toMatchObject({ version: 2, changes: [{ field: 'remark', kind: 'lost', outcome: 'ignored' }] });
    expect(await runToEnd(owner, 'ignored')).toMatchObject({ state: 'succeeded', counts: { unchanged: 50 } });
    expect((await driftOf('ignored')).version).toBe(2);
  });

  it('takes a new field along, adds its column, and leaves out what looks personal', async () => {
    const { source, target } = await begin('followed', { gained: 'propagate' });
    await source(`alter table $t add column weight real default 2.5, add column email text default 'a@b.example'`);
    expect(await runToEnd(owner, 'followed')).toMatchObject({ state: 'succeeded', counts: { updated: 50 } });
    expect(await target('select distinct weight from $t')).toEqual([{ weight: 2.5 }]);
    expect(await target(`select 1 from information_schema.columns where column_name = 'email'`)).toEqual([]);
    expect((await driftOf('followed')).changes).toEqual([
      { field: 'weight', kind: 'gained', outcome: 'propagated' },
      { field: 'email', kind: 'gained', outcome: 'ignored', personal: true },
    ]);
  });

  it('leaves a new field unread unless told otherwise', async () => {
    const { source, target } = await begin('unread', {});
    await source('alter table $t add column weight real default 2.5');
    expect(await runToEnd(owner, 'unread')).toMatchObject({ state: 'succeeded', counts: { unchanged: 50 } });
    expect(
      await target(`select 1 from information_schema.columns where column_name = 'weight' and table_name = 'unread'`),
    ).toEqual([]);
    expect(await driftOf('unread')).toMatchObject({ version: 1, changes: [{ field: 'weight', outcome: 'ignored' }] });
  });

  it('widens the target’s column with the source’s, also where a new set is put in place of the old', async () => {
    for (const [name, mode] of [
      ['widened', 'upsert'],
      ['widened-anew', 'replace'],
    ] as const) {
      const { source, target } = await begin(name, { retyped: 'propagate' }, { mode });
      await source('alter table $t alter column amount type bigint; update $t set amount = 3000000000 where id = 1');
      expect(await runToEnd(owner, name)).toMatchObject({ state: 'succeeded', counts: { rejected: 0 } });
      expect(await target('select max(amount)::text as amount, max(pg_typeof(amount)::text) as type from $t')).toEqual([
        { amount: '3000000000', type: 'bigint' },
      ]);
      expect(await driftOf(name)).toMatchObject({ version: 1, changes: [{ field: 'amount', outcome: 'propagated' }] });
    }
  });

  it('stops before it reads where a new type does not fit and nothing may be widened', async () => {
    const { source, target } = await begin('narrow', {});
    await source('alter table $t alter column amount type bigint');
    expect(await runToEnd(owner, 'narrow')).toMatchObject({
      state: 'failed',
      counts: { read: 0 },
      failure: { code: 'sync.invalid-pipeline' },
    });
    expect(await target('select max(pg_typeof(amount)::text) as type from $t')).toEqual([{ type: 'integer' }]);
  });

  it('follows a log into a wider table', async () => {
    const { source, target } = await begin('log', { gained: 'propagate' }, { read: 'changes' });
    await source('alter table $t add column weight real; update $t set weight = id');
    expect(await runToEnd(owner, 'log')).toMatchObject({ state: 'succeeded' });
    expect(await target('select sum(weight)::int as weight from $t')).toEqual([{ weight: 1_275 }]);
  });

  it('leaves runs that went by the documents that they state, amended ones too', async () => {
    expect(await evidenceOfRuns(journey)).toEqual(wholeRuns);
  });
});
