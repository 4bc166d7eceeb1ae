import { describe, expect, it } from '@jest/globals';
import { addDuration } from '@millrace/kernel';
import { countFailure, type Failures } from './lockout.js';

const rule = { attempts: 3, within: 'PT15M', lasts: 'PT15M' };
const start = new Date('2026-05-20T08:00:00.000Z');
const MINUTE = 60_000;

/** Fails until it is locked; answers the counters and for how many minutes. */
function lock(before: Failures | null, now: Date): { after: Failures; minutes: number } {
  let after = before;
  for (let attempt = 0; attempt < rule.attempts; attempt++) after = countFailure(after, rule, now);
  return { after: after!, minutes: (after!.lockedUntil!.getTime() - now.getTime()) / MINUTE };
}

describe('a lockout', () => {
  it('comes with the charter’s number of failures within its time, and not before', () => {
    const two = countFailure(countFailure(null, rule, start), rule, start);
    expect(two).toMatchObject({ failures: 2, lockedUntil: null });
    expect(countFailure(two, rule, new Date(start.getTime() + 14 * MINUTE)).lockedUntil).not.toBeNull();
    const late = countFailure(two, rule, new Date(start.getTime() + 16 * MINUTE));
    expect(late).toMatchObject({ failures: 1, lockedUntil: null });
  });

  it('lasts twice as long each time, up to four hours', () => {
    const lasted = [];
    let [counters, now]: [Failures | null, Date] = [null, start];
    for (let round = 0; round < 7; round++) {
      const { after, minutes } = lock(counters, now);
      lasted.push(minutes);
      [counters, now] = [after, after.lockedUntil!];
    }
    expect(lasted).toEqual([15, 30, 60, 120, 240, 240, 240]);
  });

  it('is forgotten a day after its end', () => {
    const { after } = lock(null, start);
    expect(lock(after, addDuration(after.lockedUntil!, 'P1D')).minutes).toBe(15);
    expect(lock(after, new Date(after.expiresAt.getTime() - 1)).minutes).toBe(30);
  });
});
