import { describe, expect, it } from '@jest/globals';
import { computed, field, mapped, streamOf } from '../mapping.fixture.js';

const FIELDS = [
  field('first', 'text'),
  field('last', 'text', { nullable: false }),
  field('age', 'int4'),
  field('amount', 'numeric'),
  field('born', 'date'),
  field('active', 'boolean'),
  field('ratio', 'float8'),
  field('seen', 'timestamptz'),
  field('ref', 'uuid'),
  field('at', 'time'),
  field('doc', 'jsonb'),
];
const ROW = {
  first: 'Jane',
  last: 'Doe',
  age: '42',
  amount: '1.50',
  born: '1982-02-28',
  active: 'true',
  ratio: '0.5',
  seen: '2024-01-31T10:00:00Z',
  ref: '00000000-0000-0000-0000-000000000001',
  at: '10:00:00',
  doc: '{"a":1}',
};
const of = (value: unknown, row: object = {}, more: object = {}) => computed(FIELDS, value, { ...ROW, ...row }, more);
const on = (name: string) => ({ field: name });

describe('constant', () => {
  it.each([
    ['crm', {}, 'crm'],
    [7, {}, '7'],
    [1.5, {}, '1.5'],
    [true, {}, 'true'],
    ['2024-01-31', { cast: 'date' }, '2024-01-31'],
    [null, { cast: 'integer' }, null],
    ['12345678901234567890', { cast: 'numeric' }, '12345678901234567890'],
    [' x ', { steps: ['trim', { case: 'upper' }] }, 'X'],
  ])('%j with %j', (constant, more, result) => expect(of({ constant }, {}, more)).toBe(result));
});

describe('concat', () => {
  it('joins fields of any kind, as their system writes them, and literals', () => {
    expect(
      of({ concat: [on('last'), ', ', on('first'), ' (', on('age'), ') ', on('amount'), on('born'), on('at')] }),
    ).toBe('Doe, Jane (42) 1.501982-02-2810:00:00');
  });

  it('is null when one part is, unless that part has a default', () => {
    expect(of({ concat: [on('first'), on('last')] }, { first: null })).toBeNull();
    expect(of({ concat: [{ field: 'first', steps: [{ default: '' }] }, on('last')] }, { first: null })).toBe('Doe');
  });

  it('takes parts through steps of their own, and the whole through more', () => {
    const first = { field: 'first', steps: [{ substring: { start: 0, length: 1 } }, { case: 'lower' }] };
    expect(of({ concat: [first, '.', on('last')] }, {}, { steps: [{ replace: { text: '.', with: '_' } }] })).toBe(
      'j_Doe',
    );
  });

  it('refuses the record when a part does', () => {
    expect(of({ concat: [{ field: 'first', steps: [{ parseNumber: {} }, { cast: 'text' }] }] })).toBe('! not-a-number');
  });
});

describe('coalesce', () => {
  it.each([
    [[on('first'), on('last')], {}, 'Jane'],
    [[on('first'), on('last')], { first: null }, 'Doe'],
    [[on('first'), 'none'], { first: null }, 'none'],
    [[on('age'), 7], { age: null }, '7'],
    [[on('born'), '1900-01-01'], { born: null }, '1900-01-01'],
    [[on('age')], { age: null }, null],
    [['x', on('first')], {}, 'x'],
  ])('of %j with %j', (coalesce, row, result) => expect(of({ coalesce }, row)).toBe(result));
});

describe('when', () => {
  const yes = (condition: unknown, row: object = {}) =>
    of({ when: { cases: [{ if: condition, then: 'yes' }], otherwise: null } }, row) === 'yes';

  it.each([
    [{ field: 'first', equals: 'Jane' }, true],
    [{ field: 'first', not: 'Jane' }, false],
    [{ field: 'first', below: 'Jb' }, true],
    [{ field: 'age', equals: 42 }, true],
    [{ field: 'age', above: 42 }, false],
    [{ field: 'age', atLeast: '42' }, true],
    [{ field: 'age', in: [1, 42] }, true],
    [{ field: 'amount', equals: '1.5' }, true],
    [{ field: 'amount', atMost: '1.4999999999999999999' }, false],
    [{ field: 'amount', below: 10 }, true],
    [{ field: 'born', below: '1982-03-01' }, true],
    [{ field: 'active', equals: true }, true],
    [{ field: 'ratio', atMost: 0.5 }, true],
    [{ field: 'seen', above: '2024-01-31T10:30:00+01:00' }, true],
    [{ field: 'ref', equals: '{00000000-0000-0000-0000-000000000001}' }, true],
    [{ field: 'at', equals: '10:00:00' }, true],
    [{ field: 'doc', isNull: false }, true],
    [
      {
        all: [
          { field: 'age', above: 1 },
          { field: 'age', below: 2 },
        ],
      },
      false,
    ],
    [
      {
        any: [
          { field: 'age', above: 1 },
          { field: 'age', below: 2 },
        ],
      },
      true,
    ],
    [
      {
        none: [
          { field: 'age', above: 100 },
          { field: 'active', equals: false },
        ],
      },
      true,
    ],
  ])('%j is %s', (condition, met) => expect(yes(condition)).toBe(met));

  it('is met by null where it asks for null or for another value', () => {
    const row = { age: null };
    expect(yes({ field: 'age', isNull: true }, row)).toBe(true);
    expect(yes({ field: 'age', isNull: false }, row)).toBe(false);
    for (const comparison of [{ equals: 1 }, { below: 1 }, { atLeast: 1 }, { in: [1] }])
      expect(yes({ field: 'age', ...comparison }, row)).toBe(false);
    expect(yes({ field: 'age', not: 1 }, row)).toBe(true);
  });

  it('puts NaN above every number', () => {
    expect(yes({ field: 'ratio', above: '1e300' }, { ratio: 'NaN' })).toBe(true);
    expect(yes({ field: 'amount', equals: 'NaN' }, { amount: 'NaN' })).toBe(true);
    expect(yes({ field: 'amount', above: '1e100' }, { amount: 'Infinity' })).toBe(true);
  });

  it('takes the first case that is met, and fields as results', () => {
    const value = {
      when: {
        cases: [
          { if: { field: 'age', isNull: true }, then: null },
          { if: { field: 'age', below: 18 }, then: 'minor' },
          { if: { field: 'age', below: 65 }, then: { field: 'first', steps: [{ case: 'upper' }] } },
        ],
        otherwise: { field: 'last' },
      },
    };
    expect(['1', '20', '70', null].map((age) => of(value, { age }))).toEqual(['minor', 'JANE', 'Doe', null]);
  });
});

describe('a computed column', () => {
  it('does with a failure what the document says', () => {
    const value = { concat: [{ field: 'first', steps: ['detokenize'] }] };
    const schema = streamOf(FIELDS);
    expect(mapped(schema, [{ to: 'x', value }], [ROW])).toEqual(['not-a-token']);
    expect(mapped(schema, [{ to: 'x', value, onFailure: 'null' }], [ROW])).toEqual([{ x: null }]);
    expect(mapped(schema, [{ to: 'x', value, onFailure: null }], [ROW])).toEqual([{ x: null }]);
    expect(() => mapped(schema, [{ to: 'x', value, onFailure: 'fail' }], [ROW])).toThrow('field "x" of "public.t"');
  });
});
