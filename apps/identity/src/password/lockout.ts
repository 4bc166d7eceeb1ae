import { identityProblems } from '@millrace/contracts';
import { addDuration, Problem } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { lockouts } from './lockout.table.js';

/** The charter's rule: after `attempts` failures within `within`, sign-in pauses for `lasts` at first (ISO 8601). */
export interface LockoutRule {
  readonly attempts: number;
  readonly within: string;
  readonly lasts: string;
}

export type Failures = Omit<Row<typeof lockouts>, 'userId'>;

/** How long failures and locks are remembered after the last of them. */
const REMEMBERED = 'P1D';
/** A lock lasts twice as long as the one before, up to sixteen times the charter's: guessing stays hopeless, and nobody is kept out for good. */
const MAX_DOUBLINGS = 4;

/** What the counters become after one more failure at `now`. */
export function countFailure(before: Failures | null, rule: LockoutRule, now: Date): Failures {
  const known = before && before.expiresAt > now ? before : undefined;
  const since = known?.failingSince;
  const isFresh = !since || addDuration(since, rule.within) < now;
  const failures = isFresh ? 1 : known!.failures + 1;
  const locks = known?.locks ?? 0;
  if (failures < rule.attempts) {
    const failingSince = isFresh ? now : since;
    return { failures, failingSince, lockedUntil: null, locks, expiresAt: addDuration(now, REMEMBERED) };
  }
  const firstMs = addDuration(now, rule.lasts).getTime() - now.getTime();
  const lockedUntil = new Date(now.getTime() + firstMs * 2 ** Math.min(locks, MAX_DOUBLINGS));
  const expiresAt = addDuration(lockedUntil, REMEMBERED);
  return { failures: 0, failingSince: null, lockedUntil, locks: locks + 1, expiresAt };
}

/** Counts a failure and answers whether it was the one that locks. While it is locked, none counts. */
export async function addFailure(tx: Tx, userId: string, rule: LockoutRule, now: Date): Promise<boolean> {
  // Guesses come in parallel: they are counted one after another under the lock of the row, which the first one makes.
  await tx.query('insert into lockout (user_id, expires_at) values ($1, $2) on conflict (user_id) do nothing', [
    userId,
    now,
  ]);
  const current = await lockedRow(tx, userId);
  if (current?.lockedUntil && current.lockedUntil > now) return false;
  const after = countFailure(current, rule, now);
  await tx.table(lockouts).update({ userId }, after);
  return after.lockedUntil !== null;
}

/** @throws Problem `identity.locked` while too many failures keep everybody out */
export async function refuseLocked(tx: Tx, userId: string, now: Date): Promise<void> {
  const lockedUntil = (await lockedRow(tx, userId))?.lockedUntil;
  if (!lockedUntil || lockedUntil <= now) return;
  const retryAfterSeconds = Math.ceil((lockedUntil.getTime() - now.getTime()) / 1000);
  throw new Problem(identityProblems.locked, { retryAfterSeconds });
}

/** Somebody has shown who they are: what failed before counts no longer. */
export async function forgetFailures(tx: Tx, userId: string): Promise<void> {
  await tx.table(lockouts).delete({ userId });
}

function lockedRow(tx: Tx, userId: string) {
  return tx.table(lockouts).findOne({ where: { userId }, lock: { mode: 'pessimistic_write' } });
}
