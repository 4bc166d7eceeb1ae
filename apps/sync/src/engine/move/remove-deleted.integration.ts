import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReadRequest } from '@millrace/connector-sdk';
import fc from 'fast-check';
import { never } from '../../../../../libs/connectors/postgres/src/session.fixture.js';
import { limitOf } from '../document/run-limits.js';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { Bridge } from './move.fixture.js';
import { type DeletionSearch, removeDeleted } from './remove-deleted.js';

const RUNS = 12;

let bridge: Bridge;
beforeAll(async () => {
  bridge = await Bridge.open();
});
afterAll(() => bridge.close());

const KEYS = [
  { type: 'integer', value: 'i - 50' },
  { type: 'bigint', value: '(i - 50) * 100000000000' },
  { type: 'text COLLATE "en-x-icu"', value: `chr(60 + i % 70) || 'ü' || i` },
  { type: 'uuid', value: `md5(i::text)::uuid` },
  { type: 'date', value: `date '2000-01-01' + (i - 50)` },
  { type: 'timestamptz', value: `timestamptz '1999-12-31' + (i - 50) * interval '7 hours'` },
] as const;

async function streamOf(table: string, change: Record<string, unknown> = {}): Promise<CompiledStream> {
  return bridge.compile({
    from: `public.${table}`,
    to: table,
    key: ['k'],
    deletes: 'remove',
    fields: [{ from: 'note' }, { from: 'k' }],
    ...change,
  });
}

function search(stream: CompiledStream, change: Partial<DeletionSearch> = {}) {
  const sides = { source: bridge.from, target: bridge.to };
  return removeDeleted({
    stream,
    ...sides,
    writeId: 'w',
    acceptsEmpty: false,
    signal: never(),
    onProgress: async () => {},
    ...change,
  });
}

describe('deletions without a log', () => {
  it('are found whatever the key and whatever is gone', async () => {
    let number = 0;
    const scenario = fc.record({
      key: fc.constantFrom(...KEYS),
      gone: fc.uniqueArray(fc.integer({ min: 1, max: 100 })),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ key, gone }) => {
        const table = `gone_${number++}`;
        await bridge.source.query(`CREATE TABLE ${table} (k ${key.type} PRIMARY KEY, note text, i integer)`);
        await bridge.source.query(
          `INSERT INTO ${table} SELECT ${key.value}, 'n' || i, i FROM generate_series(1, 100) i`,
        );
        const stream = await streamOf(table);
        await bridge.run(stream).done;
        await bridge.source.query(`DELETE FROM ${table} WHERE i = ANY ($1)`, [gone]);
        const { deleted, discard } = await search(stream);
        expect([deleted, discard.complete]).toEqual([gone.length, true]);
        const rows = `SELECT k, note FROM ${table}`;
        expect(await bridge.lines('target', rows)).toEqual(await bridge.lines('source', rows));
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 120_000);

  it('are marked with the time, once', async () => {
    await bridge.source.query(
      `CREATE TABLE marked (k integer PRIMARY KEY, note text); INSERT INTO marked SELECT i, 'n' FROM generate_series(1, 10) i`,
    );
    const stream = await streamOf('marked', { deletes: { mark: 'gone_at' } });
    await bridge.run(stream).done;
    await bridge.source.query('DELETE FROM marked WHERE k > 7');
    expect(await search(stream)).toMatchObject({ deleted: 3 });
    const marks = 'SELECT k, gone_at FROM marked WHERE gone_at IS NOT NULL';
    const first = await bridge.lines('target', marks);
    expect(first).toHaveLength(3);
    expect(await search(stream)).toMatchObject({ deleted: 0 });
    expect(await bridge.lines('target', marks)).toEqual(first);
  });

  it('stop before the first where more is gone than allowed', async () => {
    await bridge.source.query(
      `CREATE TABLE guarded (k integer PRIMARY KEY, note text); INSERT INTO guarded SELECT i, 'n' FROM generate_series(1, 200) i`,
    );
    const stream = await streamOf('guarded');
    await bridge.run(stream).done;
    await bridge.source.query('DELETE FROM guarded WHERE k <= 30');
    await expect(search(stream, { limit: limitOf('10%') })).rejects.toMatchObject({ code: 'too-many-deleted' });
    expect(await bridge.lines('target', 'SELECT * FROM guarded')).toHaveLength(200);
    expect(await search(stream, { limit: limitOf('15%') })).toMatchObject({ deleted: 30 });
  });

  it('are not believed from a source that lists nothing at all, unless somebody says so', async () => {
    await bridge.source.query(
      `CREATE TABLE emptied (k integer PRIMARY KEY, note text); INSERT INTO emptied VALUES (1, 'n')`,
    );
    const stream = await streamOf('emptied');
    await bridge.run(stream).done;
    await bridge.source.query('DELETE FROM emptied');
    await expect(search(stream)).rejects.toMatchObject({ code: 'too-many-deleted' });
    expect(await search(stream, { acceptsEmpty: true })).toMatchObject({ deleted: 1 });
  });

  it('are not taken from sides that sort differently', async () => {
    await bridge.source.query(
      `CREATE TABLE sorted (k text PRIMARY KEY, note text); INSERT INTO sorted VALUES ('a'), ('B'), ('c')`,
    );
    const stream = await streamOf('sorted');
    await bridge.run(stream).done;
    const source = {
      read: (request: ReadRequest) =>
        bridge.from.read({ ...request, partition: { ...request.partition, bytewise: false } }),
    };
    await bridge.source.query(`ALTER TABLE sorted ALTER k TYPE text COLLATE "en-x-icu"`);
    await expect(search(stream, { source })).rejects.toMatchObject({ code: 'unsorted-keys' });
    expect(await bridge.lines('target', 'SELECT * FROM sorted')).toHaveLength(3);
  });

  it.each([
    ['a key that is cast', { fields: [{ from: 'k', cast: 'text' }, { from: 'note' }] }],
    [
      'a key of a kind that sides sort in their own way',
      { key: ['price'], fields: [{ from: 'price' }, { from: 'k' }] },
    ],
  ])('are refused for %s', async (_, change) => {
    await bridge.source.query(
      'CREATE TABLE IF NOT EXISTS refused (k integer PRIMARY KEY, price numeric NOT NULL, note text)',
    );
    await expect(streamOf('refused', change)).rejects.toThrow('Deletions are found by comparing sorted keys');
  });
});
