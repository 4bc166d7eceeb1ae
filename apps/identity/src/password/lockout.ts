import { addDuration } from '@millrace/kernel';

/** The charter's rule: after `attempts` failures within `within`, sign-in pauses for `lasts` (ISO 8601). */
export interface LockoutRule {
  readonly attempts: number;
  readonly within: string;
  readonly lasts: string;
}

export interface Failures {
  readonly failedSignIns: number;
  readonly failingSince: Date | null;
  readonly lockedUntil: Date | null;
}

/** What the account's counters become after one more wrong password at `now`. */
export function countFailure(before: Failures, rule: LockoutRule, now: Date): Failures {
  const isFresh = before.failingSince === null || addDuration(before.failingSince, rule.within) < now;
  const failedSignIns = isFresh ? 1 : before.failedSignIns + 1;
  const failingSince = isFresh ? now : before.failingSince;
  if (failedSignIns < rule.attempts) return { failedSignIns, failingSince, lockedUntil: null };
  return { failedSignIns: 0, failingSince: null, lockedUntil: addDuration(now, rule.lasts) };
}
