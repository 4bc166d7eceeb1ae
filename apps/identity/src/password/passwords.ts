import { type PasswordHash, type PasswordHasher } from '@millrace/crypto';
import { Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { type Account, accounts } from '../account/account.table.js';
import { tellMember } from '../account/tell-member.js';
import { addFailure, refuseLocked } from './lockout.js';
import { checkPassword } from './password-rule.js';

/** Chooses and checks passwords, counts failures and locks an account for a while, as the charter says. */
export class Passwords {
  constructor(
    private readonly runtime: Runtime,
    private readonly hasher: PasswordHasher,
  ) {}

  /**
   * Whether the password is right. An unknown account takes as long and is locked as soon: `userId` is then the id that
   * stands for what was typed.
   * @throws Problem `identity.locked` while it is locked
   */
  async verify(
    userId: string,
    account: Account | null,
    password: Secret,
    call: Call,
  ): Promise<{ ok: boolean; needsRehash: boolean }> {
    await call.tx((tx) => refuseLocked(tx, userId, this.runtime.clock.now()), { subject: userId });
    const stored = account ? { hash: account.passwordHash, pepperVersion: account.pepperVersion } : undefined;
    const verdict = await this.hasher.verify(password, stored);
    const reason = account ? 'wrong-password' : 'unknown-account';
    if (!verdict.ok) await call.tx((tx) => noteFailure(tx, userId, reason, this.runtime), { subject: userId });
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
}

/** Counts a wrong proof, locks when the charter's number is reached, and says so to the owner if there is one. */
export async function noteFailure(
  tx: Tx,
  userId: string,
  reason: 'wrong-password' | 'wrong-second-factor' | 'unknown-account',
  { clock, charter }: Runtime,
): Promise<void> {
  const isLocking = await addFailure(tx, userId, charter.document.lockout, clock.now());
  const whose = reason === 'unknown-account' ? {} : { personal: { userId } };
  await tx.audit({ event: 'session.refused', outcome: 'failure', details: { reason }, ...whose });
  if (isLocking && reason !== 'unknown-account') await tellMember(tx, userId, 'locked-out');
}

/** The account as it is now, kept from changing until the transaction ends. */
export function lockAccount(tx: Tx, id: string): Promise<Account | null> {
  return tx.table(accounts).findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
}
