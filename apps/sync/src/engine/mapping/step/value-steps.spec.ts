import { describe, expect, it } from '@jest/globals';
import { stepped } from '../mapping.fixture.js';

describe('default', () => {
  it.each([
    ['text', null, '', ''],
    ['text', 'x', 'y', 'x'],
    ['text', '', 'y', ''],
    ['int4', null, 7, '7'],
    ['boolean', null, false, 'false'],
    ['numeric', null, '1.50', '1.50'],
    ['numeric', null, 0.1, '0.1'],
    ['date', null, '2024-01-31', '2024-01-31'],
    ['timestamptz', null, '2024-01-31T00:00Z', '2024-01-31 00:00:00+00'],
    ['uuid', null, '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000'],
    ['jsonb', null, '{"a": 1}', '{"a": 1}'],
    ['float8', '-0', 1, '-0'],
  ] as const)('of %s %j', (kind, value, literal, result) =>
    expect(stepped([{ default: literal }], value, kind)).toBe(result),
  );
});

describe('cast', () => {
  it.each([
    ['text', '42', ['trim', { cast: 'integer' }], '42'],
    ['text', 'x', [{ cast: 'integer' }], '! not-a-number'],
    ['int8', '9223372036854775807', [{ cast: 'integer' }], '! out-of-range'],
    ['date', '2024-02-29', [{ generalise: 'month' }, { cast: 'text' }], '2024-02-01'],
    ['numeric', '0.10', [{ default: 0 }, { cast: 'text' }], '0.10'],
    ['text', '2024-01-31', [{ cast: 'date' }, { formatDate: { pattern: 'MM/dd' } }], '01/31'],
    [
      'text',
      '12345678901234567890.12345',
      [{ cast: 'numeric' }, { formatNumber: { decimals: 2 } }],
      '12345678901234567890.12',
    ],
    ['json', '{"a":1}', [{ default: '{}' }, { cast: 'jsonb' }], '{"a":1}'],
    ['text', 'a', [{ cast: 'text' }, { case: 'upper' }], 'A'],
    ['text', null, [{ cast: 'integer' }], null],
  ] as const)('of %s %s by %j', (kind, value, steps, result) => expect(stepped(steps, value, kind)).toBe(result));

  it('of the field itself comes after the steps', () => {
    expect(stepped([{ replace: { text: ',', with: '.' } }], '1,5', 'text', 'numeric')).toBe('1.5');
    expect(stepped(['trim'], 'x', 'text', 'integer')).toBe('! not-a-number');
    expect(stepped([{ formatDate: { pattern: 'yyyy' } }], '2024-05-05', 'date', 'smallint')).toBe('2024');
    expect(stepped(['trim'], '{"a":"ä"}', 'text', 'jsonb')).toBe('{"a":"ä"}');
  });
});

describe('lookup', () => {
  const map = { DE: 'Germany', FR: 'France', XX: null, '': 'none', n: 5 };
  it.each([
    ['DE', 'reject', 'Germany'],
    ['', 'reject', 'none'],
    ['n', 'reject', '5'],
    ['XX', 'reject', null],
    ['de', 'reject', '! not-in-map'],
    ['constructor', 'reject', '! not-in-map'],
    ['ES', 'keep', 'ES'],
    ['ES', null, null],
    ['ES', { value: 'elsewhere' }, 'elsewhere'],
    [null, { value: 'elsewhere' }, null],
  ])('of %j, otherwise %j', (text, otherwise, result) =>
    expect(stepped([{ lookup: { map, otherwise } }], text)).toBe(result),
  );

  it('finds numbers by their text', () => {
    expect(stepped([{ lookup: { map: { 1: 'one' }, otherwise: null } }], '1', 'int2')).toBe('one');
  });
});
