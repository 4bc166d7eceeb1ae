import { describe, expect, it } from '@jest/globals';
import { computed, faultsOf, field, streamOf } from '../mapping.fixture.js';

const FIELDS = [
  field('first', 'text'),
  field('last', 'text', { nullable: false }),
  field('age', 'int4'),
  field('big', 'int8', { nullable: false }),
  field('amount', 'numeric'),
  field('ratio', 'float8'),
  field('active', 'boolean'),
  field('born', 'date'),
  field('seen', 'timestamptz'),
  field('doc', 'jsonb'),
  field('tags', 'native', { sourceType: 'text[]' }),
  field('net-price', 'numeric'),
  field('type', 'text'),
];
const ROW = {
  first: 'Jane',
  last: 'Doe',
  age: '42',
  big: '9223372036854775807',
  amount: '12345678901234567890.10',
  ratio: '0.5',
  active: 'true',
  born: '1982-02-28',
  seen: '2024-01-31T10:00:00.123456Z',
  doc: '{"a":{"b":"x"},"n":2,"list":[1,2,3]}',
  'net-price': '10.00',
  type: 'person',
};
const of = (expression: unknown, row: object = {}, more: object = {}) =>
  computed(FIELDS, { expression }, { ...ROW, ...row }, more);

describe('an expression', () => {
  it.each([
    ['first + " " + last', 'Jane Doe'],
    ['age >= 18 && active', 'true'],
    ['age % 10', '2'],
    ['big - 1', '9223372036854775806'],
    ['big + 1', '! expression-failed'],
    ['age / 0', '! expression-failed'],
    ['ratio * 3.0', '1.5'],
    ['active ? first : last', 'Jane'],
    ['first.startsWith("J") ? 1 : 0', '1'],
    ['size(first)', '4'],
    ['string(age) + "%"', '42%'],
    ['seen - duration("24h")', '2024-01-30 10:00:00.123+00'],
    ['string(seen)', '2024-01-31T10:00:00.123Z'],
    ['born.getFullYear()', '1982'],
    ['string(doc.a.b)', 'x'],
    ['string(doc.nothing)', '! expression-failed'],
    ['has(doc.nothing) ? "there" : "not there"', 'not there'],
    ['int(doc.n) + 1', '3'],
    ['doc.list.exists(n, n > 2.0)', 'true'],
    ['[first, last].join("-")', 'Jane-Doe'],
    ['last in ["Doe", "Roe"]', 'true'],
    ['"constant"', 'constant'],
  ])('%s', (text, result) => expect(of(text)).toBe(result));

  it.each([
    ['amount * 2', '24691357802469135780.20'],
    ['amount + decimal("0.01")', '12345678901234567890.11'],
    ['1 - amount', '-12345678901234567889.10'],
    ['amount > 12345678901', 'true'],
    ['amount == decimal("12345678901234567890.1")', 'true'],
    ['amount != decimal("12345678901234567890.1")', 'false'],
    ['decimal("2.50") == 2', 'false'],
    ['5 <= decimal("5.0")', 'true'],
    ['round(amount * decimal("0.005"), 2)', '61728394506172839.45'],
    ['string(amount)', '12345678901234567890.10'],
    ['double(decimal("0.5"))', '0.5'],
    ['int(decimal("5.00"))', '5'],
    ['int(decimal("5.01"))', '! expression-failed'],
    ['int(amount)', '! expression-failed'],
    ['decimal("x")', '! expression-failed'],
  ])('counts exactly: %s', (text, result) => expect(of(text)).toBe(result));

  it('gives what steps and casts can go on with', () => {
    expect(of('first + last', {}, { steps: [{ case: 'upper' }] })).toBe('JANEDOE');
    expect(of('age + 1', {}, { cast: 'smallint' })).toBe('43');
    expect(of('seen', {}, { steps: [{ formatDate: { pattern: 'HH', zone: 'UTC' } }] })).toBe('10');
    expect(of('age > 5', {}, { cast: 'integer' })).toBe('1');
  });

  it('knows fields by other names', () => {
    expect(of({ cel: 'net * decimal("1.19")', fields: { net: 'net-price' } })).toBe('11.9000');
    expect(of({ cel: 'kind == "person"', fields: { kind: 'type' } })).toBe('true');
  });
});

describe('null in an expression', () => {
  it.each([
    ['first + last', { first: null }, null],
    ['age + 1 > 5', { age: null }, null],
    ['size(first)', { first: null }, null],
    ['!active', { active: null }, null],
    ['active ? 1 : 2', { active: null }, null],
    ['first', { first: null }, null],
    ['first == null ? "nobody" : first + "!"', { first: null }, 'nobody'],
    ['first == null ? "nobody" : first + "!"', {}, 'Jane!'],
    ['first != null', { first: null }, 'false'],
    ['amount == null', { amount: null }, 'true'],
    ['active == true || last == "Doe"', { active: null }, 'true'],
    ['age == 42', { age: null }, 'false'],
    ['age == 42 && size(first) > 2', { first: null }, null],
    ['last == "Doe" ? last : first', { first: null }, 'Doe'],
    ['last == "Roe" ? last : first', { first: null }, null],
    ['string(doc.a)', { doc: null }, null],
    ['[first, last].join("-")', { first: null }, null],
    ['age / 0 > 1 ? first : last', { first: null }, '! expression-failed'],
  ])('%s with %j', (text, row, result) => expect(of(text, row)).toBe(result));
});

describe('a faulty expression', () => {
  const fault = (expression: unknown) => faultsOf(streamOf(FIELDS), [{ to: 'x', value: { expression } }]);

  it.each([
    ['first +', 'at character'],
    ['first + age', 'no such overload: string + int (at character 1)'],
    ['frist', 'Unknown variable: frist (at character 1)'],
    ['active && frist', 'Unknown variable: frist (at character 11)'],
    ['active ? first : 1', 'Ternary'],
    ['[first]', 'no type that a column can have'],
    ['doc.a', 'no type that a column can have'],
    ['null', 'no type that a column can have'],
    ['amount / 2', 'no such overload: decimal / int'],
    ['amount + ratio', 'no such overload'],
    ['first.matches("(a+)+b")', '"matches" is not offered'],
    ['type == "person"', 'Give the field another name'],
    [`first + "${'x'.repeat(4_000)}"`, '4000'],
    [Array.from({ length: 600 }, () => 'age').join('+'), 'does not hold'],
  ])('%s', (text, message) => {
    const found = fault(text);
    expect(found).toHaveLength(1);
    expect(found[0]!.path).toBe('/value/expression');
    expect(found[0]!.message).toContain(message);
  });

  it('points at the name that is wrong', () => {
    expect(
      fault({ cel: 'net + spare', fields: { net: 'nett', spare: 'net-price', other: 'age' } }).map(({ path }) => path),
    ).toEqual(['/value/expression/fields/net', '/value/expression/fields/other']);
  });
});
