import { describe, expect, it } from '@jest/globals';
import { byteCount, inBytes, recordCount } from './budget.js';

describe('a size', () => {
  it.each([
    ['500GB', 500_000_000_000],
    ['1.5 TB', 1_500_000_000_000],
    ['12', 12],
    ['3kB', 3_000],
  ])('is read from %s', (text, count) => expect(byteCount(text)).toBe(count));

  it.each(['', 'many', '5GiB', '-1', '1e9'])('is not read from %j', (text) => {
    expect(() => byteCount(text)).toThrow('500GB');
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [1_500_000_000, '1.5 GB'],
    [25_000_000, '25 MB'],
  ])('%i is shown as %s', (count, text) => expect(inBytes(count)).toBe(text));
});

it('a number of records is whole and at least one', () => {
  expect(recordCount('1,000')).toBe(1_000);
  for (const wrong of ['0', '1.5', 'x']) expect(() => recordCount(wrong)).toThrow('whole number');
});
