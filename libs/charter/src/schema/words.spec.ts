import { describe, expect, it } from '@jest/globals';
import { parseDuration } from '@millrace/kernel';
import fc from 'fast-check';
import { duration, legalDate } from './words.js';

describe('a duration of a charter', () => {
  it('is always one that the kernel can compute with', () => {
    const text = fc.stringMatching(/^P(\d{1,3}[YMWDHS]|T){0,4}$/);
    fc.assert(
      fc.property(text, (candidate) => {
        if (duration.safeParse(candidate).success) expect(parseDuration(candidate)).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['P90D', 'P3Y', 'PT15M', 'P1Y6M', 'PT0S', 'P2W', 'P1DT12H'])('may be %s', (text) => {
    expect(duration.safeParse(text).success).toBe(true);
  });

  it.each(['', 'P', 'PT', 'P1', '90D', 'P1D1Y', 'P-1D', 'P1.5D', 'p1d', 'P1DT', ' P1D'])('may not be "%s"', (text) => {
    expect(duration.safeParse(text).success).toBe(false);
  });
});

describe('a legal date', () => {
  it.each(['2026-02-29', '2026-13-01', '2026-1-1', '22.04.2026', '0000-00-00'])('may not be %s', (text) => {
    expect(legalDate.safeParse(text).error?.issues).toHaveLength(1);
  });

  it('may be a leap day', () => {
    expect(legalDate.safeParse('2028-02-29').success).toBe(true);
  });
});
