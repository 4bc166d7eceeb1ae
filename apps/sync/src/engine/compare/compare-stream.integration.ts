import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { never } from '../../../../../libs/connectors/postgres/src/session.fixture.js';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { Bridge, HASHER } from '../move/move.fixture.js';
import { compareStream } from './compare-stream.js';

let bridge: Bridge;
let stream: CompiledStream;

beforeAll(async () => {
  bridge = await Bridge.open();
  await bridge.source.query(
    `CREATE TABLE people (id bigint PRIMARY KEY, name text, born text, score numeric(12,4));
     INSERT INTO people SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE 'n' || i END, '1990-01-0' || (1 + i % 9), i / 3.0 FROM generate_series(1, 5000) i`,
  );
  stream = await bridge.compile({
    from: 'public.people',
    to: 'people',
    key: ['number'],
    fields: [{ from: 'id', to: 'number' }, { from: 'name' }, { from: 'born', cast: 'date' }, { from: 'score' }],
  });
  await bridge.run(stream).done;
});
afterAll(() => bridge.close());

async function compare() {
  const looked: number[] = [];
  const { comparison, discard } = await compareStream({
    stream,
    source: bridge.from,
    target: bridge.to,
    hasher: HASHER,
    limits: { batchRows: 900, batchBytes: 1 << 20, maxRecordBytes: 1 << 20 },
    signal: never(),
    onProgress: async (count) => void looked.push(count),
  });
  expect(discard.complete).toBe(true);
  expect(looked.at(-1)).toBeGreaterThan(0);
  return comparison;
}

const keyOf = (number: number) => {
  const cell = Buffer.alloc(12);
  cell.writeInt32BE(8, 0);
  cell.writeBigInt64BE(BigInt(number), 4);
  return HASHER(cell);
};

describe('a comparison', () => {
  it('finds nothing where the target holds what the mapping makes of the source', async () => {
    expect(await compare()).toEqual({
      source: 5_000,
      target: 5_000,
      rejected: 0,
      differingRanges: 0,
      ranges: [],
      missing: 0,
      extra: 0,
      changed: 0,
      samples: [],
    });
  });

  it('names the ranges that differ and tells what is missing, changed, or too much', async () => {
    await bridge.target.query(
      `DELETE FROM people WHERE number IN (10, 20); UPDATE people SET name = 'x' WHERE number IN (30, 40, 50); INSERT INTO people VALUES (9999, 'ghost')`,
    );
    const found = await compare();
    expect(found).toMatchObject({ source: 5_000, target: 4_999, missing: 2, changed: 3, extra: 1 });
    const touched = [10, 20, 30, 40, 50, 9_999].map(keyOf);
    expect([...found.samples].sort()).toEqual([...touched].sort());
    const prefixes = touched.map((key) => key.slice(0, 3));
    expect(found.ranges.map(({ prefix }) => prefix)).toEqual([...new Set(prefixes)].sort());
    expect(JSON.stringify(found)).not.toContain('ghost');
  });

  it('sees a null for an empty text, and one digit more', async () => {
    await bridge.run(stream, { attempt: 2 }).done;
    await bridge.target.query('DELETE FROM people WHERE number = 9999');
    expect(await compare()).toMatchObject({ differingRanges: 0 });
    await bridge.target.query(
      `UPDATE people SET name = '' WHERE number = 7; UPDATE people SET score = score + 0.0001 WHERE number = 8`,
    );
    expect(await compare()).toMatchObject({ missing: 0, extra: 0, changed: 2 });
  });
});
