import { describe, expect, it } from '@jest/globals';
import { field, type Row } from '../mapping/mapping.fixture.js';
import { FoldBudget, StreamBudget, TooWide } from './fold-budget.js';
import { listed, measured, outcomes } from './measure.fixture.js';

const FIELDS = [
  field('country', 'text'),
  field('amount', 'numeric'),
  field('items', 'int4'),
  field('weight', 'float8'),
  field('big', 'int8'),
  field('opened', 'timestamptz'),
  field('closed', 'timestamptz'),
  field('born', 'date'),
  field('person', 'text'),
];

const repeated = (count: number, row: Row): Row[] => Array.from({ length: count }, () => row);

/** One metric over some rows, with groups of any size. */
function result(metric: Record<string, unknown>, rows: readonly Row[], minimum = 1) {
  const [outcome] = outcomes(measured(FIELDS, [metric]), rows, minimum, 3);
  return listed(outcome!);
}

describe('a fold', () => {
  it('counts records by group, null being a group of its own', () => {
    const rows = [{ country: 'DE' }, { country: 'US' }, { country: 'DE' }, { country: null }, { country: '' }];
    expect(result({ by: ['country'], values: { n: { count: true } } }, rows)).toEqual([
      ['', 1],
      ['DE', 2],
      ['US', 1],
      [null, 1],
    ]);
  });

  it('adds up decimals and long integers to the last digit', () => {
    const rows = [
      { amount: '0.1', big: '9223372036854775807' },
      { amount: '0.2', big: '9223372036854775807' },
      { amount: '99999999999999999999.0000000001', big: '-1' },
      { amount: null, big: '9007199254740991' },
      { amount: '-12345678.87654321', big: '9007199254740991' },
    ];
    const values = { amount_sum: { sum: 'amount' }, big_sum: { sum: 'big' }, mean: { average: 'items' } };
    expect(result({ values }, rows)).toEqual([['99999999999987654320.4234567901', '18464758472219033595', null]]);
    expect(result({ values: { s: { sum: 'amount' } } }, [{ amount: '0.1' }, { amount: '0.2' }])).toEqual([[0.3]]);
  });

  it('goes on exactly where a sum of small numbers outgrows a double', () => {
    const rows = repeated(10_001, { amount: '999999999999' });
    const [outcome] = outcomes(measured(FIELDS, [{ values: { s: { sum: 'amount' } } }]), rows, 1, 5_000);
    expect(listed(outcome!)).toEqual([['10000999999989999']]);
  });

  it('leaves out numbers that are none', () => {
    const rows: Row[] = [{ amount: 'NaN', weight: 'Infinity' }, { amount: '2', weight: '1.5' }, { amount: 'Infinity' }];
    const values = { s: { sum: 'amount' }, w: { sum: 'weight' }, m: { max: 'amount' } };
    expect(result({ values }, rows)).toEqual([[2, 1.5, 2]]);
  });

  it('finds the least and the greatest of numbers and times', () => {
    const rows = [
      { amount: '10.10', opened: '2026-03-01 10:00:00+01', born: '1990-01-02' },
      { amount: '9.9999999999999999999', opened: '2026-03-01 08:59:00Z', born: '1971-12-31' },
      { amount: '9.9999999999999999998', opened: 'infinity', born: null },
    ];
    const values = {
      least: { min: 'amount' },
      most: { max: 'amount' },
      first: { min: 'opened' },
      last: { max: 'opened' },
      oldest: { min: 'born' },
    };
    expect(result({ values }, rows)).toEqual([
      ['9.9999999999999999998', 10.1, '2026-03-01T08:59:00Z', '2026-03-01T09:00:00Z', '1971-12-31'],
    ]);
  });

  it('measures the time between two instants', () => {
    const rows = [
      { opened: '2026-01-01T00:00:00Z', closed: '2026-01-01T01:30:00Z' },
      { opened: '2026-01-01T00:00:00Z', closed: '2026-01-01T00:30:00Z' },
      { opened: '2026-01-01T00:00:00Z', closed: null },
    ];
    const time = { from: 'opened', to: 'closed', unit: 'minutes' };
    const values = { mean: { average: time }, most: { max: time }, all: { sum: { ...time, unit: 'hours' } } };
    expect(result({ values }, rows)).toEqual([[60, 90, 2]]);
  });

  it('divides one value by another, and nothing by zero', () => {
    const rows = [
      { country: 'A', items: '3', amount: '1.5' },
      { country: 'B', items: '1', amount: '0' },
    ];
    const values = { i: { sum: 'items' }, a: { sum: 'amount' }, r: { ratio: { of: 'i', to: 'a' } } };
    expect(result({ by: ['country'], values }, rows)).toEqual([
      ['A', 3, 1.5, 2],
      ['B', 1, 0, null],
    ]);
  });

  it('folds what meets all conditions', () => {
    const rows: Row[] = [
      { country: 'DE', items: '1' },
      { country: 'DE', items: '5' },
      { country: 'US', items: '9' },
      {},
    ];
    const where = [
      { field: 'country', equals: 'DE' },
      {
        any: [
          { field: 'items', above: 2 },
          { field: 'items', isNull: true },
        ],
      },
    ];
    expect(result({ where, values: { n: { count: true } } }, rows)).toEqual([[1]]);
  });

  it('knows that decimals of different length are the same number', () => {
    const rows = [{ amount: '1.0' }, { amount: '1.00' }, { amount: '10000' }, { amount: '10000.0' }];
    expect(result({ by: ['amount'], values: { n: { count: true } } }, rows)).toEqual([
      [1, 2],
      [10_000, 2],
    ]);
    expect(result({ values: { n: { distinct: 'amount' } } }, rows)).toEqual([[2]]);
  });

  it('cuts time into periods of the zone that is named', () => {
    const rows = [
      { opened: '2026-03-28T23:30:00Z' },
      { opened: '2026-03-29T00:30:00Z' },
      { opened: '2026-03-29T21:59:59.999999Z' },
      { opened: '2026-03-29T22:00:00Z' },
      { opened: '1900-01-01T00:00:00Z' },
      { opened: null },
      { opened: '-infinity' },
    ];
    const every = { column: 'opened', unit: 'day', timeZone: 'Europe/Berlin' };
    expect(result({ every, values: { n: { count: true } } }, rows)).toEqual([
      ['1900-01-01', 1],
      ['2026-03-29', 3],
      ['2026-03-30', 1],
      [null, 2],
    ]);
  });

  it('knows the odd offsets that clocks once had', () => {
    const rows = ['1972-01-07T00:40:00Z', '1972-01-07T00:44:40Z'].map((opened) => ({ opened }));
    const every = { column: 'opened', unit: 'day', timeZone: 'Africa/Monrovia' };
    expect(result({ every, values: { n: { count: true } } }, rows).map(([label]) => label)).toEqual([
      '1972-01-06',
      '1972-01-07',
    ]);
  });

  it.each([
    ['hour', ['2026-10-25T02:00+02:00', '2026-10-25T02:00+01:00', '2026-12-31T23:00+01:00']],
    ['day', ['2026-10-25', '2026-12-31']],
    ['week', ['2026-10-19', '2026-12-28']],
    ['month', ['2026-10', '2026-12']],
    ['quarter', ['2026-Q4']],
    ['year', ['2026']],
  ])('names a period of one %s', (unit, labels) => {
    const rows = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-12-31T22:10:00Z'].map((opened) => ({ opened }));
    const every = { column: 'opened', unit, timeZone: 'Europe/Berlin' };
    expect(result({ every, values: { n: { count: true } } }, rows).map(([label]) => label)).toEqual(labels);
  });

  it('is within its stated error for percentiles', () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => ({ items: String(((index * 379) % 1_000) + 1) }));
    const [[median, high]] = result({ values: { p: { percentile: { of: 'items', at: [0.5, 0.95] } } } }, rows) as [
      number[],
    ];
    expect(Math.abs(median! - 500)).toBeLessThan(6);
    expect(Math.abs(high! - 950)).toBeLessThan(11);
  });

  it('counts different values exactly while they are few, and within 5% beyond', () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => ({
      person: `p${index % 10_000}`,
      country: `c${index % 1_000}`,
    }));
    const [[people, countries]] = result(
      { values: { p: { distinct: 'person' }, c: { distinct: 'country' } } },
      rows,
    ) as [number[]];
    expect(countries).toBe(1_000);
    expect(Math.abs(people! - 10_000)).toBeLessThan(500);
  });

  it('gives up a metric of too many groups, and no other', () => {
    const rows = Array.from({ length: 10_001 }, (_, index) => ({ country: `c${index}` }));
    const n = { count: true };
    const [wide, fine] = outcomes(
      measured(FIELDS, [{ by: ['country'], values: { n } }, { values: { n } }]),
      rows,
      1,
      5_000,
    );
    expect(wide).toMatchObject({ fault: 'too-many-groups', rows: [] });
    expect(listed(fine!)).toEqual([[10_001]]);
  });

  it('says so when a result is too large, or a group has no name but a text', () => {
    const rows = Array.from({ length: 4_000 }, (_, index) => ({ country: `${'c'.repeat(150)}${index}` }));
    const metric = { by: ['country'], values: { n: { count: true } } };
    expect(outcomes(measured(FIELDS, [metric]), rows, 1)[0]).toMatchObject({ fault: 'too-large', rows: [] });
    const text = repeated(30, { country: 'c'.repeat(201) });
    expect(outcomes(measured(FIELDS, [metric]), text, 1)[0]).toMatchObject({ fault: 'too-large', rows: [] });
  });

  it('has a bound for what all metrics over a stream hold, and gives back what one held that was given up', () => {
    const stream = new StreamBudget();
    const [one, other] = [new FoldBudget(stream), new FoldBudget(stream)];
    for (let taken = 0; taken < 1_000_000; taken++) one.takePrint();
    expect(() => other.takePrint()).toThrow(TooWide);
    one.release();
    other.takePrint();
    for (let group = 0; group < 10_000; group++) one.takeGroup(99);
    expect(() => one.takeGroup(1)).toThrow(expect.objectContaining({ fault: 'too-many-groups' }));
    for (let group = 0; group < 100; group++) other.takeGroup(100);
    expect(() => other.takeGroup(1)).toThrow(expect.objectContaining({ fault: 'too-large' }));
    for (let sketch = 0; sketch < 10_000; sketch++) other.takeSketch();
    expect(() => one.takeSketch()).toThrow(TooWide);
  });
});

describe('the minimum group size', () => {
  const n = { count: true };
  const by = ['country'];

  it('withholds what covers fewer people, and shows what covers as many', () => {
    const rows = [
      ...repeated(19, { country: 'small' }),
      ...repeated(18, { country: 'smaller' }),
      ...repeated(20, { country: 'enough' }),
    ];
    const [outcome] = outcomes(measured(FIELDS, [{ by, values: { n } }]), rows, 20);
    expect(outcome).toMatchObject({ suppressedGroups: 2, minimumGroupSize: 20 });
    expect(outcome!.rows).toEqual([{ keys: ['enough'], values: [20], people: 20 }]);
  });

  it('withholds the next smallest group too where one alone could be found by subtraction', () => {
    const rows = [
      ...repeated(5, { country: 'small' }),
      ...repeated(30, { country: 'next' }),
      ...repeated(40, { country: 'large' }),
    ];
    const [outcome] = outcomes(measured(FIELDS, [{ by, values: { n } }]), rows, 20);
    expect(outcome!.suppressedGroups).toBe(2);
    expect(listed(outcome!)).toEqual([['large', 40]]);
  });

  it('withholds one more as well where those withheld are too few people together', () => {
    const rows = [
      ...repeated(3, { country: 'a' }),
      ...repeated(4, { country: 'b' }),
      ...repeated(30, { country: 'next' }),
      ...repeated(40, { country: 'large' }),
    ];
    expect(listed(outcomes(measured(FIELDS, [{ by, values: { n } }]), rows, 20)[0]!)).toEqual([['large', 40]]);
  });

  it('counts people, not records, where a column tells them apart; the same people in two groups count once', () => {
    const of = (country: string, people: number, times: number): Row[] =>
      Array.from({ length: people * times }, (_, index) => ({ country, person: `p${index % people}` }));
    const rows = [...of('busy', 19, 50), ...of('same', 19, 2), ...of('next', 20, 3), ...of('large', 25, 3)];
    const metric = { by, people: 'person', values: { n } };
    expect(listed(outcomes(measured(FIELDS, [metric]), rows, 20)[0]!)).toEqual([['large', 75]]);
  });

  it('counts nobody where the column that tells people apart says nothing', () => {
    const metric = { people: 'person', values: { n } };
    expect(outcomes(measured(FIELDS, [metric]), repeated(50, {}), 20)[0]).toMatchObject({
      rows: [],
      suppressedGroups: 1,
    });
  });

  it('withholds a statistic that covers fewer people than its group', () => {
    const filled = (country: string, items: number, records: number): Row[] =>
      Array.from({ length: records }, (_, index) => ({ country, ...(index < items ? { items: '7' } : {}) }));
    const rows = [...filled('a', 3, 30), ...filled('b', 20, 50), ...filled('c', 40, 40), ...filled('d', 0, 30)];
    const values = { n, s: { sum: 'items' }, r: { ratio: { of: 's', to: 'n' } } };
    expect(listed(outcomes(measured(FIELDS, [{ by, values }]), rows, 20)[0]!)).toEqual([
      ['a', 30, null, null],
      ['b', 50, null, null],
      ['c', 40, 280, 7],
      ['d', 30, null, null],
    ]);
  });

  it('shows nothing at all of a set that is too small', () => {
    expect(outcomes(measured(FIELDS, [{ values: { n } }]), repeated(19, {}), 20)[0]).toMatchObject({
      rows: [],
      suppressedGroups: 1,
    });
    expect(outcomes(measured(FIELDS, [{ values: { n } }]), [], 20)[0]).toMatchObject({ rows: [], suppressedGroups: 0 });
  });
});
