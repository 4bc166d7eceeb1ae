import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Slab } from '../batch/slab.js';
import type { CellKind } from '../schema/cell-kind.js';
import { daysOf, dayAt } from './calendar.js';
import { castBetween } from './cast.js';
import { cellText } from './cell-text.js';

/** Converts a text to a cell of `kind` and gives the cell's text back, or the rule that refused it. */
function through(kind: CellKind, text: string): string {
  const source = Buffer.from(text);
  const out = new Slab(8);
  const rule = castBetween('text', kind)!(source, 0, source.length, out);
  if (rule) {
    expect(out.end).toBe(0);
    return rule;
  }
  const length = out.bytes.readInt32BE(0);
  expect(out.end).toBe(4 + length);
  return cellText(kind, out.bytes, 4, length);
}

/** The same from another kind than text. */
function convert(from: CellKind, text: string, to: CellKind): string {
  const source = Buffer.from(text);
  const cell = new Slab(8);
  expect(castBetween('text', from)!(source, 0, source.length, cell)).toBeUndefined();
  const out = new Slab(8);
  const rule = castBetween(from, to)!(cell.bytes, 4, cell.bytes.readInt32BE(0), out);
  return rule ?? cellText(to, out.bytes, 4, out.bytes.readInt32BE(0));
}

describe('numbers', () => {
  it('keep every bit of a 64-bit integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(through('int8', String(value))).toBe(String(value));
      }),
    );
  });

  it.each([
    ['int2', '32768', 'out-of-range'],
    ['int2', ' -32768 ', '-32768'],
    ['int4', '2147483648', 'out-of-range'],
    ['int4', '+7', '7'],
    ['int4', '99999999999999999999999', 'out-of-range'],
    ['int8', '9223372036854775808', 'out-of-range'],
    ['int8', '-9223372036854775808', '-9223372036854775808'],
    ['int8', '0000000000000000000000012', '12'],
    ['int8', '', 'not-a-number'],
    ['int8', '-', 'not-a-number'],
    ['int8', '1.0', 'not-a-number'],
    ['int8', '12345678901234567x', 'not-a-number'],
    ['float8', '-0', '-0'],
    ['float8', '.5', '0.5'],
    ['float8', '5.', '5'],
    ['float8', '.', 'not-a-number'],
    ['float8', '1e400', 'out-of-range'],
    ['float8', '1e-400', 'out-of-range'],
    ['float8', '0e-400', '0'],
    ['float8', 'nan', 'NaN'],
    ['float8', '-Infinity', '-Infinity'],
    ['float8', '0x10', 'not-a-number'],
    ['float8', '1.2.3', 'not-a-number'],
    ['float4', '1e39', 'out-of-range'],
    ['float4', '1.5', '1.5'],
    ['numeric', 'NaN', 'NaN'],
    ['numeric', '-Infinity', '-Infinity'],
    ['numeric', '-0.00', '0.00'],
    ['numeric', '1.50', '1.50'],
    ['numeric', '1e5', '100000'],
    ['numeric', '1.5e-3', '0.0015'],
    ['numeric', '1,5', 'not-a-number'],
    ['numeric', '1e200000', 'out-of-range'],
  ] as const)('%s of "%s" is %s', (kind, text, result) => expect(through(kind, text)).toBe(result));

  it('parse decimals to the same double as the language does', () => {
    const decimal = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.tuple(fc.integer(), fc.nat(10 ** 9)).map(([whole, part]) => `${whole}.${part}`),
    );
    fc.assert(
      fc.property(decimal, (text) => {
        const value = Number(text);
        expect(through('float8', text)).toBe(Object.is(value, -0) ? '-0' : String(value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('keep every digit of a numeric, however long', () => {
    const digits = (max: number) => fc.array(fc.nat(9), { maxLength: max }).map((list) => list.join(''));
    fc.assert(
      fc.property(digits(60), digits(60), fc.boolean(), (left, right, negative) => {
        const whole = left.replace(/^0+/, '') || '0';
        const text = whole + (right ? `.${right}` : '');
        const sign = negative && /[1-9]/.test(text) ? '-' : '';
        expect(through('numeric', sign + text)).toBe(sign + text);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['int8', '2147483647', 'int4', '2147483647'],
    ['int8', '-2147483648', 'int4', '-2147483648'],
    ['int8', '2147483648', 'int4', 'out-of-range'],
    ['int8', '-2147483649', 'int4', 'out-of-range'],
    ['int4', '-1', 'int8', '-1'],
    ['int4', '40000', 'int2', 'out-of-range'],
    ['int8', '9007199254740993', 'float8', 'not-exact'],
    ['int8', '9007199254740992', 'float8', '9007199254740992'],
    ['int4', '16777217', 'float4', 'not-exact'],
    ['int8', '9223372036854775807', 'numeric', '9223372036854775807'],
    ['float8', '1.5', 'int4', 'not-exact'],
    ['float8', '-0', 'int4', '0'],
    ['float8', '1e300', 'int8', 'not-exact'],
    ['float8', '1e300', 'int4', 'out-of-range'],
    ['float8', 'NaN', 'int4', 'out-of-range'],
    ['float8', '0.1', 'numeric', '0.1'],
    ['numeric', '12.00', 'int8', '12'],
    ['numeric', '12.01', 'int8', 'not-exact'],
    ['numeric', '99999999999999999999', 'int8', 'out-of-range'],
    ['numeric', '0.1', 'float8', '0.1'],
    ['boolean', 'yes', 'int4', '1'],
    ['int4', '0', 'boolean', 'false'],
    ['int4', '256', 'boolean', 'true'],
  ] as const)('%s %s to %s is %s', (from, text, to, result) => expect(convert(from, text, to)).toBe(result));
});

describe('days and instants', () => {
  it('count days as the calendar does', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('-200000-01-01'), max: new Date('+200000-01-01'), noInvalidDate: true }),
        (date) => {
          const days = Math.floor(date.getTime() / 86_400_000) - 10_957;
          const parts = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
          expect(dayAt(days)).toEqual(parts);
          expect(daysOf(parts.year, parts.month, parts.day)).toBe(days);
        },
      ),
    );
  });

  it.each([
    ['date', '2024-02-29', '2024-02-29'],
    ['date', '2023-02-29', 'not-a-date'],
    ['date', '0044-03-15 BC', '0044-03-15 BC'],
    ['date', '0000-01-01', 'not-a-date'],
    ['date', '5874898-01-01', 'out-of-range'],
    ['date', 'infinity', 'infinity'],
    ['date', '29.02.2024', 'not-a-date'],
    ['time', '24:00:00', '24:00:00'],
    ['time', '24:00:01', 'not-a-time'],
    ['time', '01:02', '01:02:00'],
    ['timestamp', '2024-02-29T12:30:00.123456', '2024-02-29 12:30:00.123456'],
    ['timestamp', '2024-02-29 12:30:00Z', 'unexpected-time-zone'],
    ['timestamp', '2024-02-29', '2024-02-29 00:00:00'],
    ['timestamp', '294277-01-01', 'out-of-range'],
    ['timestamp', '2024-02-29 23:59:59.9999999', '2024-03-01 00:00:00'],
    ['timestamptz', '2024-02-29T12:30:00+05:30', '2024-02-29 07:00:00+00'],
    ['timestamptz', '2024-02-29T12:30:00Z', '2024-02-29 12:30:00+00'],
    ['timestamptz', '2024-02-29 12:30:00-08', '2024-02-29 20:30:00+00'],
    ['timestamptz', '2024-02-29T12:30:00', 'no-time-zone'],
    ['timestamptz', '-infinity', '-infinity'],
    ['timestamptz', 'yesterday', 'not-a-timestamp'],
  ] as const)('%s of "%s" is %s', (kind, text, result) => expect(through(kind, text)).toBe(result));

  it('keep microseconds in any year', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 294_000 }), fc.nat(999_999), (year, micros) => {
        const text = `${String(year).padStart(4, '0')}-12-31 23:59:59${micros ? `.${String(micros).padStart(6, '0').replace(/0+$/, '')}` : ''}`;
        expect(through('timestamp', text)).toBe(text);
      }),
    );
  });

  it.each([
    ['date', '2024-02-29', 'timestamp', '2024-02-29 00:00:00'],
    ['date', 'infinity', 'timestamptz', 'infinity'],
    ['timestamp', '1969-12-31 23:59:59.5', 'date', '1969-12-31'],
    ['timestamptz', '-infinity', 'date', '-infinity'],
    ['timestamp', '2024-01-01 10:00:00', 'timestamptz', '2024-01-01 10:00:00+00'],
  ] as const)('%s %s to %s is %s', (from, text, to, result) => expect(convert(from, text, to)).toBe(result));
});

describe('other kinds', () => {
  it.each([
    ['boolean', ' Yes ', 'true'],
    ['boolean', '0', 'false'],
    ['boolean', 'maybe', 'not-a-boolean'],
    ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['uuid', '{a0eebc999c0b4ef8bb6d6bb9bd380a11}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['uuid', 'a0eebc99', 'not-a-uuid'],
    ['json', '{"a": 1.10}', '{"a": 1.10}'],
    ['json', '{a: 1}', 'not-json'],
    ['jsonb', '"\\u0000"', 'not-json'],
    ['jsonb', '[1, "é"]', '[1, "é"]'],
  ] as const)('%s of "%s" is %s', (kind, text, result) => expect(through(kind, text)).toBe(result));

  it('have no conversion that would have to guess', () => {
    expect(castBetween('bytes', 'int4')).toBeUndefined();
    expect(castBetween('date', 'int4')).toBeUndefined();
    expect(castBetween('native', 'text')).toBeUndefined();
    expect(() => cellText('interval', Buffer.alloc(16), 0, 16)).toThrow('no text form');
  });
});
