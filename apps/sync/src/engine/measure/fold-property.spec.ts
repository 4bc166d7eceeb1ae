import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { field, type Row } from '../mapping/mapping.fixture.js';
import { measured, outcomes } from './measure.fixture.js';

const FIELDS = [
  field('country', 'text'),
  field('plan', 'int4'),
  field('amount', 'numeric'),
  field('big', 'int8'),
  field('opened', 'timestamptz'),
  field('closed', 'timestamptz'),
  field('person', 'text'),
];

const instant = fc
  .date({ min: new Date('1890-01-01T00:00:00Z'), max: new Date('2110-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat({ max: 20 }))
  .map(([units, scale]) => shift(units, scale));
const record: fc.Arbitrary<Row> = fc.record({
  country: fc.constantFrom('DE', 'US', 'AT', '', null),
  plan: fc.constantFrom('1', '2', null),
  amount: fc.oneof(fc.constantFrom('0.1', '0.10', '-7', null, 'NaN'), decimal),
  big: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
  opened: fc.option(instant),
  closed: fc.option(instant),
  person: fc.option(fc.nat({ max: 12 }).map((person) => `p${person}`)),
});

const metric = fc.record({
  by: fc.subarray(['country', 'plan']),
  hasPeople: fc.boolean(),
  hasMonths: fc.boolean(),
  isFiltered: fc.boolean(),
});

/** A decimal text of `units` divided by ten to the power of `scale`. */
function shift(units: bigint, scale: number): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
}

const SCALE = 40;

/** Ten to the power of `SCALE` times the number; undefined for none. */
function units(text: string | null | undefined): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text ?? '');
  if (!match) return undefined;
  const value = BigInt(`${match[2]}${(match[3] ?? '').padEnd(SCALE, '0')}`);
  return match[1] ? -value : value;
}

const total = (all: readonly bigint[]) => all.reduce((sum, one) => sum + one, 0n);
const present = <T>(all: readonly (T | undefined)[]) => all.filter((one) => one !== undefined);

/** The same as the fold, over all records of a group at once. */
function naive(rows: readonly Row[]): unknown[] {
  const amounts = present(rows.map(({ amount }) => units(amount)));
  const bigs = present(rows.map(({ big }) => units(big)));
  const durations = present(
    rows.map(({ opened, closed }) => (opened && closed ? Date.parse(closed) - Date.parse(opened) : undefined)),
  );
  const least = amounts.reduce<bigint | undefined>(
    (best, one) => (best === undefined || one < best ? one : best),
    undefined,
  );
  return [
    rows.length,
    amounts.length === 0 ? undefined : total(amounts),
    bigs.length === 0 ? undefined : total(bigs),
    least,
    new Set(present(rows.map(({ amount }) => (amount === null ? undefined : (units(amount) ?? 'NaN'))))).size,
    durations.length === 0 ? null : durations.reduce((sum, one) => sum + one, 0) / durations.length / 3_600_000,
  ];
}

function grouped(rows: readonly Row[], keysOf: (row: Row) => unknown[]): Map<string, Row[]> {
  return Map.groupBy(rows, (row) => JSON.stringify(keysOf(row)));
}

function peopleOf(rows: readonly Row[], hasPeople: boolean): Set<unknown> {
  return hasPeople ? new Set(rows.map(({ person }) => person).filter((person) => person !== null)) : new Set(rows);
}

const VALUES = {
  n: { count: true },
  amounts: { sum: 'amount' },
  bigs: { sum: 'big' },
  least: { min: 'amount' },
  different: { distinct: 'amount' },
  hours: { average: { from: 'opened', to: 'closed', unit: 'hours' } },
};

describe('any fold', () => {
  it('comes to what counting all records at once comes to, whatever the batches', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 60 }),
        metric,
        fc.integer({ min: 1, max: 20 }),
        (rows, chosen, batchRows) => {
          const { by, hasMonths, isFiltered } = chosen;
          const definition = {
            by,
            ...(hasMonths ? { every: { column: 'opened', unit: 'month' } } : {}),
            ...(isFiltered ? { where: [{ field: 'plan', equals: 1 }] } : {}),
            values: VALUES,
          };
          const [outcome] = outcomes(measured(FIELDS, [definition]), rows, 1, batchRows);
          const kept = rows.filter(({ plan }) => !isFiltered || plan === '1');
          const month = ({ opened }: Row) => (hasMonths ? [opened?.slice(0, 7) ?? null] : []);
          const key = (row: Row) => by.map((name) => (name === 'plan' && row[name] ? Number(row[name]) : row[name]));
          const expected = grouped(kept, (row) => [...month(row), ...key(row)]);
          const found = new Map(outcome!.rows.map(({ keys, values }) => [JSON.stringify(keys), values]));
          expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
          for (const [group, members] of expected) {
            const [n, amounts, bigs, least, different, hours] = found.get(group)!;
            const exact = [amounts, bigs, least].map((value) => units(value === null ? null : plainText(value)));
            const [wantedCount, wantedAmounts, wantedBigs, wantedLeast, wantedDifferent, wantedHours] = naive(members);
            expect([n, ...exact, different]).toEqual([
              wantedCount,
              wantedAmounts,
              wantedBigs,
              wantedLeast,
              wantedDifferent,
            ]);
            if (wantedHours === null) expect(hours).toBeNull();
            else
              expect(Math.abs(Number(hours) - Number(wantedHours))).toBeLessThanOrEqual(
                1e-9 * Math.abs(Number(wantedHours)) + 1e-12,
              );
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows no group of too few people, and none that can be found by subtraction', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 80 }),
        metric,
        fc.integer({ min: 2, max: 8 }),
        (rows, { by, hasPeople }, minimum) => {
          const definition = {
            by,
            ...(hasPeople ? { people: 'person' } : {}),
            values: { n: { count: true }, s: { sum: 'big' } },
          };
          const [outcome] = outcomes(measured(FIELDS, [definition]), rows, minimum);
          const key = (row: Row) => by.map((name) => (name === 'plan' && row[name] ? Number(row[name]) : row[name]));
          const groups = grouped(rows, key);
          const found = new Map(outcome!.rows.map((row) => [JSON.stringify(row.keys), row.values]));
          for (const group of found.keys())
            expect(peopleOf(groups.get(group)!, hasPeople).size).toBeGreaterThanOrEqual(minimum);
          const withheldOf = (isShown: (group: string) => boolean, gives: (row: Row) => boolean) => {
            const away = [...groups].filter(([group, members]) => !isShown(group) && members.some(gives));
            const people = new Set(away.flatMap(([, members]) => [...peopleOf(members.filter(gives), hasPeople)]));
            const small = away.filter(([, members]) => peopleOf(members.filter(gives), hasPeople).size < minimum);
            return {
              isBetrayed: small.length > 0 && (away.length === 1 || people.size < minimum) && away.length < groups.size,
              away,
            };
          };
          const all = withheldOf(
            (group) => found.has(group),
            () => true,
          );
          const someLeft = found.size > 0;
          expect(all.isBetrayed && someLeft).toBe(false);
          expect(outcome!.suppressedGroups).toBe(all.away.length);
          const sums = withheldOf(
            (group) => found.has(group) && found.get(group)![1] !== null,
            ({ big }) => big !== null,
          );
          expect(sums.isBetrayed && [...found.values()].some(([, sum]) => sum !== null)).toBe(false);
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** A number without an exponent. */
function plainText(value: unknown): string {
  const text = String(value);
  return text.includes('e')
    ? Number(value)
        .toFixed(30)
        .replace(/\.?0+$/, '')
    : text;
}
