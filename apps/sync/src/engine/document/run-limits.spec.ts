import { describe, expect, it } from '@jest/globals';
import { exceeds, limitOf, RunLimits } from './run-limits.js';

describe('limits of a run', () => {
  it.each([
    [5, 5, 1_000, false],
    [5, 6, 1_000, true],
    [0, 1, 1, true],
    ['5%', 50, 1_000, false],
    ['5%', 51, 1_000, true],
    ['0.5%', 6, 1_000, true],
    ['5%', 99, 99, false],
    ['100%', 1_000, 1_000, false],
    ['0%', 1, 100, true],
  ])('%p is exceeded by %i of %i: %p', (limit, count, of, expected) => {
    expect(exceeds(limitOf(limit), count, of)).toBe(expected);
  });

  it('default to ten thousand rejected records and no other limit', () => {
    expect(RunLimits.parse(undefined)).toEqual({ rejected: 10_000 });
  });

  it.each(['101%', '5', '-1%', '5 %'])('refuse %s', (share) => {
    expect(RunLimits.safeParse({ changed: share }).success).toBe(false);
  });
});
