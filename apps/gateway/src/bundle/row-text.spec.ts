import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type BundleRow, columnsOf, csvText, jsonText } from './row-text.js';

const from = (...rows: BundleRow[]) => Readable.from(rows);
const csvOf = (...rows: BundleRow[]) => text(csvText(columnsOf(rows[0]!), from(...rows)));
const jsonOf = (...rows: BundleRow[]) => text(jsonText(from(...rows)));

describe('rows as CSV', () => {
  it('stand under their columns, one to a line, quoted where they must be', async () => {
    expect(await csvOf({ name: 'Ada "Countess", L.', age: 36, at: null, tags: ['a', { b: 1 }], ok: true })).toBe(
      'age,at,name,ok,tags\r\n36,,"Ada ""Countess"", L.",true,"[""a"",{""b"":1}]"\r\n',
    );
    expect(await csvOf({ note: 'two\nlines' })).toBe('note\r\n"two\nlines"\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx', '=HYPERLINK("http://evil.example","a,b")'])(
    'never begin a cell with a formula: %j',
    async (cell) => {
      const [, line] = (await csvOf({ cell })).split(/\r\n(?=.)/s);
      expect(line!.replace(/^"/, '')[0]).toBe("'");
    },
  );

  it('leave a negative number a number', async () => {
    expect(await csvOf({ balance: -5 })).toBe('balance\r\n-5\r\n');
  });
});

describe('rows as JSON', () => {
  it('are an array, a row on each line', async () => {
    expect(await jsonOf({ b: 1, a: 'x' }, { b: 2, a: 'y' })).toBe('[\n{"a":"x","b":1},\n{"a":"y","b":2}\n]\n');
    expect(JSON.parse(await jsonOf())).toEqual([]);
  });

  it('give the same bytes in whatever order their fields come, however deep', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (row) => {
        expect(await jsonOf(reversed(row) as BundleRow)).toBe(await jsonOf(row as BundleRow));
      }),
    );
  });

  it('come in pieces where there are many', async () => {
    const rows = Array.from({ length: 5_000 }, (_, place) => ({ place, note: 'x'.repeat(50) }));
    const pieces: string[] = [];
    for await (const piece of jsonText(Readable.from(rows))) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(64 * 1024);
    expect(JSON.parse(pieces.join(''))).toEqual(rows);
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, one]) => [key, reversed(one)]),
  );
}
