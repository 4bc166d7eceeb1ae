import { identityProblems } from '@millrace/contracts';
import { type PasswordHash, type PasswordHasher } from '@millrace/crypto';
import { Problem, Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Scope, Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { type Account, accounts } from '../account/account.table.js';
import { tellMember } from '../account/tell-member.js';
import { countFailure } from './lockout.js';
import { checkPassword } from './password-rule.js';

/** Chooses and checks passwords, counts failures and locks an account for a while, as the charter says. */
export class Passwords {
  constructor(
    private readonly runtime: Runtime,
    private readonly hasher: PasswordHasher,
  ) {}

  /**
   * Whether the password is right. Takes as long for an unknown account.
   * @throws Problem `identity.locked` while the account is locked
   */
  async verify(
    account: Account | null,
    password: Secret,
    call: Call,
    reach: Scope | 'region',
  ): Promise<{ ok: boolean; needsRehash: boolean }> {
    const now = this.runtime.clock.now();
    if (account) refuseLocked(account, now);
    const stored = account ? { hash: account.passwordHash, pepperVersion: account.pepperVersion } : undefined;
    const verdict = await this.hasher.verify(password, stored);
    if (!verdict.ok) await call.tx((tx) => this.refuse(tx, account), reach);
    return verdict;
  }

  /** The hash to store for a password that somebody chooses. @throws Problem `identity.weak-password` */
  choose(password: string, email: string): Promise<PasswordHash> {
    checkPassword(password, email, this.runtime.charter.document.accounts.password.minimumLength);
    return this.hasher.hash(new Secret(password));
  }

  /** The hash to store instead of one that has an old pepper or a lower cost. */
  renew(password: Secret): Promise<PasswordHash> {
    return this.hasher.hash(password);
  }

  /** Whether it is the password behind a hash; counts nothing. */
  async matches(password: string, stored: PasswordHash): Promise<boolean> {
    return (await this.hasher.verify(new Secret(password), stored)).ok;
  }

  private async refuse(tx: Tx, account: Account | null): Promise<void> {
    if (account) return noteFailure(tx, account, 'wrong-password', this.runtime);
    await tx.audit({ event: 'session.refused', outcome: 'failure', details: { reason: 'unknown-account' } });
  }
}

/** Counts a wrong proof, locks the account when the charter's number is reached, and says so to its owner. */
export async function noteFailure(
  tx: Tx,
  { id }: Pick<Account, 'id'>,
  reason: 'wrong-password' | 'wrong-second-factor',
  { clock, charter }: Runtime,
): Promise<void> {
  // Guesses come in parallel: the counters are read again under a lock, not as they were before the hash was computed.
  const current = await lockAccount(tx, id);
  if (!current) return;
  const now = clock.now();
  const isLocked = current.lockedUntil !== null && current.lockedUntil > now;
  const after = isLocked ? undefined : countFailure(current, charter.document.lockout, now);
  if (after) await tx.table(accounts).update({ id }, after);
  await tx.audit({ event: 'session.refused', outcome: 'failure', details: { reason }, personal: { userId: id } });
  if (after?.lockedUntil) await tellMember(tx, id, 'locked-out');
}

/** The account as it is now, kept from changing until the transaction ends. */
export function lockAccount(tx: Tx, id: string): Promise<Account | null> {
  return tx.table(accounts).findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
}

/** @throws Problem `identity.locked` while the account is locked */
export function refuseLocked(account: Account, now: Date): void {
  if (!account.lockedUntil || account.lockedUntil <= now) return;
  const retryAfterSeconds = Math.ceil((account.lockedUntil.getTime() - now.getTime()) / 1000);
  throw new Problem(identityProblems.locked, { retryAfterSeconds });
}
