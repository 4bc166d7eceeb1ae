import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyPipeline, readReceipt, readRun, replayRun, type Run } from '@millrace/contracts';
import { until } from '@millrace/kernel';
import { connect, type Journey, runToEnd, startJourney, type Visitor } from './journey.js';

let journey: Journey;
let owner: Visitor;

const RECORDS = 800_000;

beforeAll(async () => {
  journey = await startJourney();
  for (const database of ['shop', 'warehouse']) await journey.customerSql('postgres', `create database ${database}`);
  await journey.customerSql(
    'shop',
    `create table events (id integer primary key, kind text not null);
     insert into events select i, case when i % 100000 = 7 then 'x' else (i % 1000)::text end from generate_series(1, ${RECORDS}) i;
     analyze events`,
  );
  owner = await journey.owner();
  await connect(journey, owner, 'shop', 'shop');
  await connect(journey, owner, 'warehouse', 'warehouse');
}, 120_000);
afterAll(() => journey?.stop());

function apply(name: string, stream: Record<string, unknown>, change: Record<string, unknown> = {}) {
  const document = {
    version: 1,
    name,
    source: { connection: 'shop', concurrency: 3 },
    target: { connection: 'warehouse' },
    streams: [
      {
        from: 'public.events',
        to: name,
        key: ['id'],
        fields: [{ from: 'id' }, { from: 'kind', cast: 'integer' }],
        ...stream,
      },
    ],
    ...change,
  };
  return owner.call(applyPipeline, { name, document });
}

const inTarget = (sql: string) => journey.customerSql('warehouse', sql);

describe('a stream that several partitions move', () => {
  it('is whole in the target, counted once, and its rejects can be moved again', async () => {
    await apply('shared', {});
    const run = await runToEnd(owner, 'shared');
    expect(run).toMatchObject({
      state: 'succeeded',
      counts: { read: RECORDS, inserted: RECORDS - 8, rejected: 8 },
      streams: [{ stream: 'public.events', state: 'succeeded', partitions: 3, counts: { read: RECORDS } }],
    });
    const parts = await journey.platformSql<{ read: number }>(
      'sync',
      `select (counts->>'read')::int as read from partition where run_id = '${run.runId}'`,
    );
    for (const { read } of parts) expect(read).toBeGreaterThan(RECORDS / 6);
    expect(await inTarget('select count(*)::int as n, count(distinct id)::int as ids from shared')).toEqual([
      { n: RECORDS - 8, ids: RECORDS - 8 },
    ]);
    const receipt = await owner.call(readReceipt, { runId: run.runId });
    expect(receipt.streams).toMatchObject([
      { counts: { read: RECORDS }, rejects: [{ rule: 'not-a-number', count: 8 }], discard: { complete: true } },
    ]);
    await journey.customerSql('shop', `update events set kind = '0' where kind = 'x' and id < 400000`);
    const replayed = await ended(await owner.call(replayRun, { runId: run.runId }));
    expect(replayed).toMatchObject({ state: 'succeeded', counts: { inserted: 4, rejected: 4 } });
    // Everything is there: the second run finds nothing to do, and no partition takes the target for an empty one.
    expect(await runToEnd(owner, 'shared')).toMatchObject({ counts: { unchanged: RECORDS - 4, inserted: 0 } });
  });

  it('is appended once, whichever worker had which part', async () => {
    await apply('appended', { mode: 'append', key: [] });
    expect(await runToEnd(owner, 'appended')).toMatchObject({ state: 'succeeded', streams: [{ partitions: 3 }] });
    expect(await inTarget('select count(*)::int as n, count(distinct id)::int as ids from appended')).toEqual([
      { n: RECORDS - 4, ids: RECORDS - 4 },
    ]);
  });

  it('stops when its partitions together reject more than the document allows', async () => {
    await journey.customerSql('shop', `update events set kind = 'x' where id % 2000 = 0`);
    // Each partition rejects some 133 records, all of them 400.
    await apply('limited', {}, { limits: { rejected: 250 } });
    expect(await runToEnd(owner, 'limited')).toMatchObject({
      state: 'failed',
      failure: { code: 'connector.too-many-refused', stream: 'public.events' },
    });
  });
});

function ended({ runId }: Run): Promise<Run> {
  return until('the run to end', 30_000, async () => {
    const run = await owner.call(readRun, { runId });
    return ['succeeded', 'failed', 'cancelled'].includes(run.state) ? run : undefined;
  });
}
