import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyPipeline,
  deletePipeline,
  listMetrics,
  measurePipeline,
  pauseWork,
  readMetric,
  readMetricCsv,
  readMetricSeries,
  readReceipt,
  readRun,
  replayRun,
  resumeWork,
  revokeConnection,
  type Run,
  startRun,
} from '@millrace/contracts';
import { systemClock, until } from '@millrace/kernel';
import { RetentionSweeper } from '@millrace/service';
import { definition as sync } from '@millrace/sync';
import { connect, type Journey, runToEnd, startJourney, type Visitor } from './journey.js';

let journey: Journey;
let owner: Visitor;
let shop: string;

beforeAll(async () => {
  journey = await startJourney();
  for (const database of ['shop', 'warehouse']) await journey.customerSql('postgres', `create database ${database}`);
  await journey.customerSql(
    'shop',
    `create table orders (id integer primary key, country text not null, customer text, total numeric(10,2), placed timestamptz not null, shipped timestamptz, email text);
     insert into orders
       select i, (array['AT','DE','DE','US','US','US'])[1 + i % 6], 'c' || i % 400, i * 1.01,
         '2026-01-15'::timestamptz + (i % 60) * interval '1 day', '2026-01-15'::timestamptz + (i % 60) * interval '1 day' + interval '90 minutes', 'p' || i || '@example.com'
       from generate_series(1, 3000) i;
     insert into orders select 5000 + i, 'LI', 'l' || i % 3, 1, '2026-01-20', null, 'l@example.com' from generate_series(1, 30) i;
     insert into orders select 6000 + i, 'MC', 'm' || i % 4, 1, '2026-01-20', null, 'm@example.com' from generate_series(1, 40) i`,
  );
  owner = await journey.owner();
  shop = await connect(journey, owner, 'shop', 'shop');
  await connect(journey, owner, 'warehouse', 'warehouse');
}, 120_000);
afterAll(() => journey?.stop());

const FIELDS = ['id', 'country', 'total', 'placed', 'shipped'].map((from) => ({ from }));
const revenue = {
  name: 'revenue',
  over: 'public.orders',
  by: ['country'],
  every: { column: 'placed', unit: 'month', timeZone: 'Europe/Berlin' },
  people: 'buyer',
  values: [
    { name: 'orders', count: true },
    { name: 'total', sum: 'total' },
    { name: 'mean', average: 'total' },
    { name: 'per_order', ratio: { of: 'total', to: 'orders' } },
    { name: 'shipping', average: { from: 'placed', to: 'shipped', unit: 'hours' } },
  ],
};
const everything = {
  name: 'everything',
  over: 'public.orders',
  values: [
    { name: 'orders', count: true },
    { name: 'most', max: 'total' },
  ],
};

function apply(name: string, metrics: readonly object[] = [revenue, everything], source = 'shop') {
  const document = {
    version: 1,
    name,
    source: { connection: source },
    target: { connection: 'warehouse', schema: 'public' },
    streams: [
      {
        from: 'public.orders',
        to: name.replaceAll('-', '_'),
        key: ['id'],
        fields: [...FIELDS, { from: 'customer', to: 'buyer', hash: true }],
      },
    ],
    metrics,
  };
  return owner.send(applyPipeline, { name, document });
}

async function ended({ runId }: Pick<Run, 'runId'>) {
  return until('the end of the run', 60_000, async () => {
    const run = await owner.call(readRun, { runId });
    return run.endedAt ? run : undefined;
  });
}

const truth = () =>
  journey.customerSql<{ country: string; month: string; orders: string; total: string }>(
    'shop',
    `select country, to_char(placed at time zone 'Europe/Berlin', 'YYYY-MM') as month, count(*) as orders, sum(total) as total
     from orders where country not in ('LI', 'MC') group by 1, 2 order by 2, 1`,
  );

describe('metrics', () => {
  it('are measured while records are moved, and shown as rows, series and CSV', async () => {
    expect((await apply('orders')).status).toBe(200);
    expect((await owner.call(listMetrics, { name: 'orders' })).metrics.map(({ result }) => result)).toEqual([
      undefined,
      undefined,
    ]);
    expect((await owner.send(readMetric, { name: 'orders', metric: 'revenue' })).body).toMatchObject({
      code: 'sync.not-measured',
    });
    const run = await runToEnd(owner, 'orders');
    expect(run).toMatchObject({ state: 'succeeded', counts: { read: 3_070 } });
    const result = await owner.call(readMetric, { name: 'orders', metric: 'revenue' });
    const expected = await truth();
    expect(result).toMatchObject({ runId: run.runId, minimumGroupSize: 20, suppressedGroups: 3 });
    expect(result.groups).toEqual(['placed', 'country']);
    const shown = result.rows.map(({ group, values }) => [...group, values[0], values[1], values[4]]);
    const whole = expected.map(({ month, country, orders, total }) => [
      month,
      country,
      Number(orders),
      Number(total),
      1.5,
    ]);
    // Two small groups are seven people together: the smallest of the others is withheld with them.
    expect(shown).toEqual(whole.filter((row) => row !== smallest(whole)));
  });

  it('come as series and as CSV', async () => {
    const series = await owner.call(readMetricSeries, { name: 'orders', metric: 'revenue' });
    expect(series.labels).toEqual(['2026-01', '2026-02', '2026-03']);
    expect(series.series.map(({ name }) => name)).toContain('DE · total');
    expect(series.series.every(({ values }) => values.length === 3)).toBe(true);
    const answer = await owner.send(readMetricCsv, { name: 'orders', metric: 'revenue' });
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [head, first] = String(answer.body).split('\r\n');
    expect(head).toBe('placed,country,orders,total,mean,per_order,shipping');
    expect(first).toMatch(/^2026-01,AT,150,/);
  });

  it('are measured on demand, when nothing is written', async () => {
    await journey.customerSql('shop', 'update orders set total = 77777 where id = 1');
    const run = await ended(await owner.call(measurePipeline, { name: 'orders' }));
    expect(run).toMatchObject({ kind: 'measure', state: 'succeeded', counts: { read: 3_070, written: 0 } });
    const result = await owner.call(readMetric, { name: 'orders', metric: 'everything' });
    expect(result).toMatchObject({ runId: run.runId, rows: [{ group: [], values: [3_070, 77_777] }] });
    expect((await owner.call(readReceipt, { runId: run.runId })).streams[0]).toMatchObject({
      discard: { complete: true },
    });
    expect(await journey.customerSql('warehouse', 'select total from orders where id = 1')).toEqual([
      { total: '1.01' },
    ]);
  });

  it('leave nothing of small groups in the platform', async () => {
    const rows = await journey.platformSql<{ all: string }>('sync', 'select m::text as all from metric_result m');
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ all }) => /"LI"|"MC"/.test(all))).toEqual([]);
  });

  it('are measured by a second reading when a run was interrupted, and never from a part', async () => {
    await journey.customerSql(
      'shop',
      `create table visits (id integer primary key, page text not null, spent numeric not null, note text);
       insert into visits select i, 'page ' || i % 5, i / 7.0, repeat('x', 200) from generate_series(1, 400000) i`,
    );
    const fields = ['id', 'page', 'spent', 'note'].map((from) => ({ from }));
    const values = [
      { name: 'visits', count: true },
      { name: 'spent', sum: 'spent' },
    ];
    await owner.call(applyPipeline, {
      name: 'visits',
      document: {
        version: 1,
        name: 'visits',
        source: { connection: 'shop' },
        target: { connection: 'warehouse', schema: 'public' },
        streams: [{ from: 'public.visits', to: 'visits', key: ['id'], fields }],
        metrics: [{ name: 'pages', over: 'public.visits', by: ['page'], values }],
      },
    });
    const { runId } = await owner.call(startRun, { name: 'visits' });
    await until('records under way', 30_000, async () => (await owner.call(readRun, { runId })).counts.written > 0);
    const { pauseId } = await owner.call(pauseWork, { scope: 'pipeline', target: 'visits' });
    await until('a partition that was given back', 30_000, async () => {
      const { streams } = await owner.call(readRun, { runId });
      return streams[0]!.state === 'queued';
    });
    await owner.call(resumeWork, { pauseId });
    expect(await ended({ runId })).toMatchObject({ state: 'succeeded', counts: { read: 400_000, written: 400_000 } });
    const [part] = await journey.platformSql<{ attempt: number }>(
      'sync',
      'select attempt from partition where run_id = $1',
      [runId],
    );
    expect(part!.attempt).toBeGreaterThan(1);
    const result = await owner.call(readMetric, { name: 'visits', metric: 'pages' });
    const truly = await journey.customerSql<{ page: string; visits: number; spent: string }>(
      'shop',
      'select page, count(*)::int as visits, trim_scale(sum(spent))::text as spent from visits group by 1 order by 1',
    );
    expect(result.rows.map(({ group, values: given }) => [...group, ...given.map(String)])).toEqual(
      truly.map(({ page, visits, spent }) => [page, String(visits), spent]),
    );
    await owner.call(deletePipeline, { name: 'visits' });
  }, 120_000);

  it('see no replay, which moves a few records only', async () => {
    await journey.customerSql(
      'shop',
      `create table parcels (id integer primary key, weight text);
       insert into parcels select i, case when i % 10 = 0 then i || ' kg' else i::text end from generate_series(1, 500) i`,
    );
    await owner.call(applyPipeline, {
      name: 'parcels',
      document: {
        version: 1,
        name: 'parcels',
        source: { connection: 'shop' },
        target: { connection: 'warehouse', schema: 'public' },
        streams: [
          {
            from: 'public.parcels',
            to: 'parcels',
            key: ['id'],
            fields: [{ from: 'id' }, { from: 'weight', cast: 'integer' }],
          },
        ],
        metrics: [{ name: 'parcels', over: 'public.parcels', values: [{ name: 'parcels', count: true }] }],
      },
    });
    const first = await runToEnd(owner, 'parcels');
    const result = () => owner.call(readMetric, { name: 'parcels', metric: 'parcels' });
    expect(await result()).toMatchObject({ runId: first.runId, rows: [{ values: [450] }] });
    await journey.customerSql('shop', `update parcels set weight = '1' where id <= 100`);
    const replayed = await ended(await owner.call(replayRun, { runId: first.runId }));
    expect(replayed).toMatchObject({ state: 'succeeded', counts: { inserted: 10 } });
    expect(await result()).toMatchObject({ runId: first.runId, rows: [{ values: [450] }] });
    await owner.call(deletePipeline, { name: 'parcels' });
  });

  it('are refused with every fault at once', async () => {
    const answer = await apply('wrong', [
      { ...revenue, by: ['buyer'], values: [{ name: 'x', sum: 'country' }] },
      { ...everything, over: 'public.nothing' },
    ]);
    expect(answer).toMatchObject({ status: 422, body: { code: 'sync.invalid-pipeline' } });
  });

  it('go when their definition does, and with their pipeline', async () => {
    const count = async () => (await journey.platformSql('sync', 'select 1 from metric_result')).length;
    const before = await count();
    await apply('orders', [everything]);
    expect(await count()).toBe(before - 1);
    await apply('orders', [{ ...everything, values: [{ name: 'other', count: true }] }]);
    expect(await count()).toBe(before - 2);
    await runToEnd(owner, 'orders');
    expect(await count()).toBe(before - 1);
    await owner.call(deletePipeline, { name: 'orders' });
    expect(await count()).toBe(before - 2);
  });

  it('end with the connection that they rest on, when the charter says', async () => {
    await apply('last');
    await runToEnd(owner, 'last');
    await owner.call(revokeConnection, { connectionId: shop });
    const marked = await until('the mark', 20_000, async () => {
      const { metrics } = await owner.call(listMetrics, { name: 'last' });
      return metrics[0]!.result?.removedAt ? metrics : undefined;
    });
    expect(marked.every(({ result }) => result!.removedAt !== undefined)).toBe(true);
    const { runtime, database } = journey.region.service('sync');
    const sweeper = new RetentionSweeper(runtime, database, sync.tables);
    await sweeper.sweep();
    expect(await owner.call(readMetric, { name: 'last', metric: 'revenue' })).toMatchObject({ minimumGroupSize: 20 });
    const past = new Date(systemClock.now().getTime() - 30 * 86_400_000);
    await journey.platformSql('sync', 'update metric_result set removed_at = $1', [past]);
    await sweeper.sweep();
    expect(await journey.platformSql('sync', 'select 1 from metric_result')).toEqual([]);
    expect((await owner.send(readMetric, { name: 'last', metric: 'revenue' })).status).toBe(404);
  });
});

function smallest<Row extends unknown[]>(rows: readonly Row[]): Row {
  return rows.reduce((least, row) => (Number(row[2]) < Number(least[2]) ? row : least));
}
