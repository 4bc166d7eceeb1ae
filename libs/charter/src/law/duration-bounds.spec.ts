import { describe, expect, it } from '@jest/globals';
import { addDuration } from '@millrace/kernel';
import fc from 'fast-check';
import { dayBounds, lastsAtLeast, sometimesLonger, surelyLonger } from './duration-bounds.js';

const DAY_MS = 86_400_000;

describe('how many days a duration can last', () => {
  it('encloses what the calendar says from every start', () => {
    const start = fc.date({
      min: new Date('2001-01-01T00:00:00Z'),
      max: new Date('2089-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    const period = fc.tuple(
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 0, max: 26 }),
      fc.integer({ min: 0, max: 90 }),
    );
    fc.assert(
      fc.property(start, period, (from, [years, months, days]) => {
        const text = `P${years}Y${months}M${days}D`;
        const midnight = new Date(Math.floor(from.getTime() / DAY_MS) * DAY_MS);
        const lasted = (addDuration(midnight, text).getTime() - midnight.getTime()) / DAY_MS;
        const { least, most } = dayBounds(text);
        // The last day of a short month can take or give a day when years, months and days add up.
        expect(lasted).toBeGreaterThanOrEqual(least - 1);
        expect(lasted).toBeLessThanOrEqual(most + 1);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['P1M', { least: 28, most: 31 }],
    ['P1Y', { least: 365, most: 366 }],
    ['P24M', { least: 730, most: 731 }],
    ['P2Y', { least: 730, most: 731 }],
    ['P4Y', { least: 1461, most: 1461 }],
    ['PT72H', { least: 3, most: 3 }],
  ])('%s', (text, bounds) => {
    expect(dayBounds(text)).toEqual(bounds);
  });

  it('knows 45 days to be longer than a month, and 30 days to be so sometimes', () => {
    expect([surelyLonger('P45D', 'P1M'), sometimesLonger('P45D', 'P1M')]).toEqual([true, false]);
    expect([surelyLonger('P30D', 'P1M'), sometimesLonger('P30D', 'P1M')]).toEqual([false, true]);
    expect([surelyLonger('P28D', 'P1M'), sometimesLonger('P28D', 'P1M')]).toEqual([false, false]);
    expect([surelyLonger('P1M', 'P1M'), sometimesLonger('P1M', 'P1M')]).toEqual([false, false]);
  });

  it('knows that 24 months are 2 years and that 730 days are not', () => {
    expect([lastsAtLeast('P2Y', 'P24M'), lastsAtLeast('P24M', 'P2Y'), lastsAtLeast('P730D', 'P24M')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
