import { describe, expect, it } from '@jest/globals';
import { isMeasurable, lookbackOf, moveBack } from './cursor-position.js';

describe('moving a cursor back', () => {
  it.each([
    ['timestamptz', '2026-03-01 00:00:00.123456+00', 'PT5M', '2026-02-28 23:55:00.123456+00'],
    ['timestamptz', '2026-03-01 02:00:00+02', 'P1D', '2026-02-28 00:00:00+00'],
    ['timestamp', '2026-01-01 00:00:00', 'PT1S', '2025-12-31 23:59:59'],
    ['date', '2026-03-01', 'P1D', '2026-02-28'],
    ['date', '2026-03-01', 'PT1H', '2026-02-28'],
    ['int8', '9007199254740993', 1_000, '9007199254739993'],
    ['int4', '5', 1_000, '-995'],
    ['int2', '-32768', 10, '-32768'],
    ['timestamptz', 'infinity', 'PT5M', 'infinity'],
    ['date', '-infinity', 'P1D', '-infinity'],
    ['text', 'abc', 0, 'abc'],
    ['timestamptz', '2026-03-01 00:00:00+00', 0, '2026-03-01 00:00:00+00'],
  ] as const)('%s %s less %s is %s', (kind, text, lookback, expected) => {
    expect(moveBack(kind, text, lookbackOf(lookback))).toBe(expected);
  });

  it('takes durations for times and numbers for numbers, and nothing but 0 for the rest', () => {
    expect(isMeasurable('timestamptz', 'PT5M')).toBe(true);
    expect(isMeasurable('timestamptz', 5)).toBe(false);
    expect(isMeasurable('int8', 5)).toBe(true);
    expect(isMeasurable('int8', 'PT5M')).toBe(false);
    expect(isMeasurable('uuid', 0)).toBe(true);
    expect(isMeasurable('uuid', 1)).toBe(false);
  });
});
