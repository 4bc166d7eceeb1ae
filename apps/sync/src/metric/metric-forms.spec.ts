import { describe, expect, it } from '@jest/globals';
import type { StoredResult } from './metric.table.js';
import { csvOf } from './show-csv.js';
import { seriesOf } from './show-series.js';

function stored(
  groups: string[],
  values: string[],
  rows: [StoredResult['rows'][0]['keys'], StoredResult['rows'][0]['values']][],
): StoredResult {
  return { groups, values, rows: rows.map(([keys, given]) => ({ keys, values: given, people: 20 })) };
}

describe('series', () => {
  it('put the first group on the axis and make a line of every other, one for each value', () => {
    const result = stored(
      ['month', 'country'],
      ['n', 'sum'],
      [
        [
          ['2026-01', 'DE'],
          [20, 1.5],
        ],
        [
          ['2026-01', null],
          [30, null],
        ],
        [
          ['2026-02', 'DE'],
          [40, '99999999999999999999'],
        ],
      ],
    );
    expect(seriesOf(result)).toEqual({
      labels: ['2026-01', '2026-02'],
      series: [
        { name: 'DE · n', values: [20, 40] },
        { name: 'DE · sum', values: [1.5, '99999999999999999999'] },
        { name: '— · n', values: [30, null] },
        { name: '— · sum', values: [null, null] },
      ],
    });
  });

  it('name a line after its value, or after its group where there is one value', () => {
    expect(seriesOf(stored(['c'], ['n'], [[['DE'], [20]]]))).toEqual({
      labels: ['DE'],
      series: [{ name: 'n', values: [20] }],
    });
    expect(seriesOf(stored(['m', 'c'], ['n'], [[[1, true], [20]]]))).toEqual({
      labels: [1],
      series: [{ name: 'true', values: [20] }],
    });
    expect(seriesOf(stored([], ['a', 'b'], [[[], [1, 2]]]))).toEqual({
      labels: ['a', 'b'],
      series: [{ name: '', values: [1, 2] }],
    });
    expect(seriesOf(stored(['c'], ['n'], []))).toEqual({ labels: [], series: [] });
  });

  it('are refused when a chart would have too many points', () => {
    const rows = Array.from({ length: 300 }, (_, index): [(string | number)[], number[]] => [
      [index, `g${index}`],
      [20],
    ]);
    expect(() => seriesOf(stored(['a', 'b'], ['n'], rows))).toThrow('The result has too many groups for a chart');
  });
});

describe('CSV', () => {
  it('has a head and a line for each group, quoted where it must be', () => {
    const result = stored(
      ['country, or "none"', 'plan'],
      ['n'],
      [
        [['a"b,\nc', null], [20]],
        [['', true], [-1.5]],
      ],
    );
    expect(csvOf(result)).toBe('"country, or ""none""",plan,n\r\n"a""b,\nc",,20\r\n,true,-1.5\r\n');
  });

  it('has no text that a spreadsheet would run, and every digit of a long number', () => {
    const result = stored(
      ['g'],
      ['n'],
      ['=1+1', '+1', '-2+3', '@x', '\tx'].map((key) => [[key], ['-99999999999999999999.5']]),
    );
    expect(csvOf(result).split('\r\n').slice(1, -1)).toEqual(
      ["'=1+1", "'+1", "'-2+3", "'@x", "'\tx"].map((key) => `${key},-99999999999999999999.5`),
    );
  });
});
