import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { never } from '../../../../../libs/connectors/postgres/src/session.fixture.js';
import { Bridge } from './move.fixture.js';
import { type CursorWindow, nextPosition, planPartition, type StreamPosition } from './plan-partition.js';

/** A short form for every run of the tests. */
const RUNS = 10;

let bridge: Bridge;
beforeAll(async () => {
  bridge = await Bridge.open();
});
afterAll(() => bridge.close());

/** What one run after another does: plans, moves, and remembers where it ended. */
class Runs {
  position: StreamPosition | undefined;
  private number = 0;

  constructor(private readonly stream: CompiledStream) {}

  async next(batchRows = 7, before?: () => Promise<unknown>, backfill?: CursorWindow) {
    const { stream } = this;
    const plan = await planPartition({
      stream,
      source: bridge.from,
      position: this.position,
      backfill,
      signal: never(),
    });
    await before?.();
    const writeId = `${stream.target.name}-${this.number++}`;
    const result = await bridge.run(stream, { ...plan, writeId, limits: { batchRows } }).done;
    this.position = nextPosition(stream, plan, result.checkpoint) ?? this.position;
    return result.counts;
  }
}

async function table(name: string, cursor = 'timestamptz'): Promise<void> {
  await bridge.source.query(
    `CREATE TABLE ${name} (id integer PRIMARY KEY, at ${cursor} NOT NULL, note text); CREATE INDEX ON ${name} (at)`,
  );
}

const mapping = (name: string, change = {}) => ({
  from: `public.${name}`,
  to: name,
  key: ['id'],
  read: { cursor: 'at', lookback: 'PT1M' },
  fields: [{ from: 'id' }, { from: 'at' }, { from: 'note' }],
  ...change,
});

describe('reading by a cursor', () => {
  it('reads everything once and then what changed, ties and the look-back included', async () => {
    await table('ties');
    await bridge.source.query(
      `INSERT INTO ties SELECT i, '2026-01-01 00:00:00+00'::timestamptz + (i / 100) * interval '1 hour', 'a' FROM generate_series(1, 1000) i`,
    );
    const runs = new Runs(await bridge.compile(mapping('ties')));
    expect(await runs.next(90)).toMatchObject({ read: 1_000, inserted: 1_000 });
    // One record bears the last hour; nothing within the minute before it.
    expect(await runs.next()).toMatchObject({ read: 1, written: 1, unchanged: 1 });
    await bridge.source.query(
      `UPDATE ties SET note = 'b', at = '2026-01-01 10:00:00+00' WHERE id % 100 = 7; INSERT INTO ties VALUES (2000, '2026-01-01 09:59:30+00', 'late')`,
    );
    expect(await runs.next(3)).toMatchObject({ read: 12, inserted: 1, updated: 10 });
    const all = 'SELECT * FROM ties';
    expect(await bridge.lines('target', all)).toEqual(await bridge.lines('source', all));
  });

  it('takes in the next run what was changed behind the back of this one', async () => {
    await table('moving');
    await bridge.source.query(`INSERT INTO moving SELECT i, '2026-01-01', 'a' FROM generate_series(1, 50) i`);
    const runs = new Runs(await bridge.compile(mapping('moving')));
    const change = `UPDATE moving SET note = 'b', at = '2026-02-01' WHERE id IN (1, 50); INSERT INTO moving VALUES (51, '2026-02-01', 'new')`;
    await runs.next(5, () => bridge.source.query(change));
    expect(await runs.next()).toMatchObject({ read: 51, inserted: 1, unchanged: 50 });
    expect(await bridge.lines('target', 'SELECT * FROM moving')).toEqual(
      await bridge.lines('source', 'SELECT * FROM moving'),
    );
  });

  it('starts over when the document selects something else', async () => {
    await table('selection');
    await bridge.source.query(`INSERT INTO selection SELECT i, '2026-01-01', 'a' FROM generate_series(1, 9) i`);
    const runs = new Runs(await bridge.compile(mapping('selection', { where: [{ field: 'id', atMost: 4 }] })));
    expect(await runs.next()).toMatchObject({ read: 4 });
    const wider = new Runs(await bridge.compile(mapping('selection')));
    wider.position = runs.position;
    expect(await wider.next()).toMatchObject({ read: 9, inserted: 5 });
  });

  it.each(['timestamptz', 'bigint'])('appends each version of a record once, by a cursor of type %s', async (type) => {
    const name = `log_${type}`;
    const at = (number: number) =>
      type === 'bigint' ? `${number}` : `'2026-01-01'::timestamptz + ${number} * interval '1 s'`;
    await table(name, type);
    await bridge.source.query(`INSERT INTO ${name} SELECT i, ${at(1)}, 'v1' FROM generate_series(1, 20) i`);
    const runs = new Runs(await bridge.compile(mapping(name, { mode: 'append', key: [], read: { cursor: 'at' } })));
    expect(await runs.next()).toMatchObject({ read: 20, inserted: 20 });
    expect(await runs.next()).toMatchObject({ read: 0 });
    await bridge.source.query(`UPDATE ${name} SET note = 'v2', at = ${at(2)} WHERE id < 6`);
    expect(await runs.next(2)).toMatchObject({ read: 5, inserted: 5 });
    expect(await bridge.lines('target', `SELECT note, count(*) FROM ${name} GROUP BY 1`)).toEqual([
      '(v1,20)',
      '(v2,5)',
    ]);
  });

  it('reads a stretch again without moving the position', async () => {
    await table('backfill');
    await bridge.source.query(
      `INSERT INTO backfill SELECT i, '2026-01-01 00:00:00+00'::timestamptz + i * interval '1 day', 'a' FROM generate_series(1, 20) i`,
    );
    const runs = new Runs(await bridge.compile(mapping('backfill')));
    await runs.next();
    const { position } = runs;
    await bridge.source.query(`UPDATE backfill SET note = 'corrected' WHERE id <= 10`);
    const window = { from: '2026-01-04T00:00:00.000Z', to: '2026-01-06T00:00:00.000Z' };
    expect(await runs.next(7, undefined, window)).toMatchObject({ read: 3, updated: 3 });
    expect(runs.position).toEqual(position);
    expect(await runs.next(7, undefined, { to: '2026-01-03T00:00:00.000Z' })).toMatchObject({ updated: 2 });
    await expect(runs.next(7, undefined, { from: 5 })).rejects.toMatchObject({ code: 'incompatible-window' });
  });

  it('finds nothing in an empty stream, and everything that comes after', async () => {
    await table('empty');
    const runs = new Runs(await bridge.compile(mapping('empty', { mode: 'append', key: [], read: { cursor: 'at' } })));
    expect(await runs.next()).toMatchObject({ read: 0 });
    await bridge.source.query(`INSERT INTO empty VALUES (1, '2026-01-01', 'a')`);
    expect(await runs.next()).toMatchObject({ read: 1 });
    expect(await runs.next()).toMatchObject({ read: 0 });
  });

  it('equals the source after each run, whatever was changed between', async () => {
    let number = 0;
    const step = fc.record({
      ids: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }),
      sameInstant: fc.boolean(),
      batchRows: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const name = `random_${number++}`;
        await table(name);
        const runs = new Runs(await bridge.compile(mapping(name)));
        let clock = 0;
        for (const { ids, sameInstant, batchRows } of steps) {
          if (!sameInstant) clock++;
          await bridge.source.query(
            `INSERT INTO ${name} SELECT i, '2026-01-01'::timestamptz + ${clock} * interval '1 day', md5(random()::text)
             FROM unnest('{${ids.join(',')}}'::integer[]) i ON CONFLICT (id) DO UPDATE SET at = excluded.at, note = excluded.note`,
          );
          await runs.next(batchRows);
          const all = `SELECT * FROM ${name}`;
          expect(await bridge.lines('target', all)).toEqual(await bridge.lines('source', all));
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 120_000);
});
