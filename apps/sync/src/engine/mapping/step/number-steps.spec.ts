import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stepped } from '../mapping.fixture.js';

const DIGITS_38 = '12345678901234567890123456789012345678';
const EUROPEAN = { decimalSeparator: ',', groupSeparator: '.' };

describe('formatNumber', () => {
  it.each([
    ['1234567.005', { decimals: 2, ...EUROPEAN }, '1.234.567,01'],
    ['-1234.5', { decimals: 0, groupSeparator: "'" }, "-1'235"],
    ['0.005', { decimals: 2 }, '0.01'],
    ['-0.004', { decimals: 2 }, '0.00'],
    ['999.995', { decimals: 2, groupSeparator: ',' }, '1,000.00'],
    ['100', { decimals: 0, groupSeparator: ',' }, '100'],
    [DIGITS_38, { decimals: 1, groupSeparator: ' ' }, '12 345 678 901 234 567 890 123 456 789 012 345 678.0'],
    [`0.${DIGITS_38}`, { decimals: 37 }, '0.1234567890123456789012345678901234568'],
    ['NaN', { decimals: 0 }, '! not-finite'],
    ['Infinity', { decimals: 0 }, '! not-finite'],
  ])('of %s with %j', (value, settings, result) =>
    expect(stepped([{ formatNumber: settings }], value, 'numeric')).toBe(result),
  );

  it.each([
    ['int2', '-32768', '-32,768.0'],
    ['int4', '2147483647', '2,147,483,647.0'],
    ['int8', '-9223372036854775808', '-9,223,372,036,854,775,808.0'],
  ] as const)('of %s', (kind, value, result) =>
    expect(stepped([{ formatNumber: { decimals: 1, groupSeparator: ',' } }], value, kind)).toBe(result),
  );
});

describe('parseNumber', () => {
  it.each([
    ['1.234.567,89', EUROPEAN, '1234567.89'],
    [' 1234567,89 ', EUROPEAN, '1234567.89'],
    ['-0,5', EUROPEAN, '-0.5'],
    [',5', EUROPEAN, '0.5'],
    ['5,', EUROPEAN, '5'],
    ['+7', {}, '7'],
    ['1\u202f234\u00a0567', { groupSeparator: ' ' }, '1234567'],
    ["1'000", { groupSeparator: "'" }, '1000'],
    [DIGITS_38, {}, DIGITS_38],
    ['1.23.456', EUROPEAN, '! not-a-number'],
    ['1.234.56', EUROPEAN, '! not-a-number'],
    ['1,2,3', EUROPEAN, '! not-a-number'],
    ['', {}, '! not-a-number'],
    ['-', {}, '! not-a-number'],
    ['.', {}, '! not-a-number'],
    ['1e5', {}, '! not-a-number'],
    ['NaN', {}, '! not-a-number'],
    ['١٢', {}, '! not-a-number'],
  ])('of %j with %j', (text, settings, result) => expect(stepped([{ parseNumber: settings }], text)).toBe(result));

  it('reads what formatNumber wrote, to the last digit', () => {
    const number = fc.record({
      units: fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }),
      decimals: fc.nat(20),
      separators: fc.constantFrom(EUROPEAN, { groupSeparator: ',' }, { groupSeparator: ' ' }, {}),
    });
    fc.assert(
      fc.property(number, ({ units, decimals, separators }) => {
        const written = stepped([{ formatNumber: { decimals, ...separators } }], String(units), 'numeric')!;
        expect(stepped([{ parseNumber: separators }], written)!.replace(/\.0+$/, '')).toBe(String(units));
      }),
      { numRuns: 100 },
    );
  });
});

describe('a bucket', () => {
  it.each([
    ['int4', '49', 10, '40'],
    ['int4', '-1', 10, '-10'],
    ['int4', '-10', 10, '-10'],
    ['int2', '-32768', 10_000, '! out-of-range'],
    ['int8', '9223372036854775807', '1000000000000000000', '9000000000000000000'],
    ['numeric', '49.99', 10, '40'],
    ['numeric', '-0.1', '0.25', '-0.25'],
    ['numeric', '0.3', '0.1', '0.3'],
    ['numeric', `${DIGITS_38}.9`, '0.5', `${DIGITS_38}.5`],
    ['numeric', 'NaN', 1, '! not-finite'],
  ] as const)('of %s %s by %s', (kind, value, bucket, result) =>
    expect(stepped([{ generalise: { bucket } }], value, kind)).toBe(result),
  );

  it('holds its value', () => {
    const value = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
    fc.assert(
      fc.property(value, fc.bigInt({ min: 1n, max: 10n ** 30n }), (number, size) => {
        const floor = BigInt(stepped([{ generalise: { bucket: String(size) } }], String(number), 'numeric')!);
        expect(floor % size).toBe(0n);
        expect(floor <= number && number < floor + size).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
