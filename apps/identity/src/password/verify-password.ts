import { identityProblems } from '@millrace/contracts';
import { type PasswordHasher } from '@millrace/crypto';
import { Problem, type Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Scope, Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { type Runtime } from '@millrace/service';
import { accounts } from '../account/account.table.js';
import { tellMember } from '../account/tell-member.js';
import { countFailure } from './lockout.js';

export type Account = Row<typeof accounts>;

/** Checks passwords, counts failures and locks an account for a while, as the charter says. */
export class VerifyPassword {
  constructor(
    private readonly runtime: Runtime,
    private readonly hasher: PasswordHasher,
  ) {}

  /**
   * Whether the password is right. Takes as long for an unknown account.
   * @throws Problem `identity.locked` while the account is locked
   */
  async execute(
    account: Account | null,
    password: Secret,
    call: Call,
    reach: Scope | 'region',
  ): Promise<{ ok: boolean; needsRehash: boolean }> {
    const now = this.runtime.clock.now();
    if (account) refuseLocked(account, now);
    const stored = account ? { hash: account.passwordHash, pepperVersion: account.pepperVersion } : undefined;
    const verdict = await this.hasher.verify(password, stored);
    if (!verdict.ok) await call.tx((tx) => this.refuse(tx, account, now), reach);
    return verdict;
  }

  private async refuse(tx: Tx, account: Account | null, now: Date): Promise<void> {
    const event = 'session.refused';
    if (!account) return void (await tx.audit({ event, outcome: 'failure', details: { reason: 'unknown-account' } }));
    // Guesses come in parallel: the counters are read again under a lock, not as they were before the hash was computed.
    const current = await lockAccount(tx, account.id);
    if (!current) return;
    const isLocked = current.lockedUntil !== null && current.lockedUntil > now;
    const after = isLocked ? undefined : countFailure(current, this.runtime.charter.document.lockout, now);
    if (after) await tx.table(accounts).update({ id: account.id }, after);
    await tx.audit({
      event,
      outcome: 'failure',
      details: { reason: 'wrong-password' },
      personal: { userId: account.id },
    });
    if (after?.lockedUntil) await tellMember(tx, account.id, 'locked-out');
  }
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
