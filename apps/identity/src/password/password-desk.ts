import {
  type changePassword,
  type confirmIdentity,
  type confirmPasswordReset,
  identityProblems,
  type Input,
  type Output,
  securityAlerted,
  type SignedIn,
} from '@millrace/contracts';
import { type PasswordHash, type PasswordHasher } from '@millrace/crypto';
import { Problem, Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { accounts } from '../account/account.table.js';
import { tellMember } from '../account/tell-member.js';
import { type OneTimeSecrets } from '../one-time/one-time-secrets.js';
import { endOtherSessions } from '../session/session-desk.js';
import { type SessionStarter } from '../session/session-starter.js';
import { checkPassword } from './password-rule.js';
import { type Account, lockAccount, type VerifyPassword } from './verify-password.js';

/** Changes passwords, and takes them as a proof that it is still the same person. */
export class PasswordDesk {
  constructor(
    private readonly runtime: Runtime,
    private readonly hasher: PasswordHasher,
    private readonly verifyPassword: VerifyPassword,
    private readonly secrets: OneTimeSecrets,
    private readonly starter: SessionStarter,
  ) {}

  /** @throws Problem `identity.password-needed`, `identity.locked` */
  async confirm({ password }: Input<typeof confirmIdentity>, call: Call): Promise<SignedIn> {
    await this.prove(password, call);
    return call.act(async (tx, about) => {
      about({ target: { kind: 'session', id: call.user.sessionId } });
      return this.starter.rotate(tx, call);
    });
  }

  /** @throws Problem `identity.password-needed`, `identity.weak-password`, `identity.locked` */
  async change({ present, password }: Input<typeof changePassword>, call: Call): Promise<SignedIn> {
    const account = await this.prove(present, call);
    checkPassword(password, account.email, this.minimumLength);
    const hash = await this.hasher.hash(new Secret(password));
    const { userId, orgId, sessionId } = call.user;
    return call.act(async (tx, about) => {
      await this.store(tx, userId, hash);
      const ended = await endOtherSessions(tx, userId, sessionId);
      await tx.emit(securityAlerted, { orgId, userId, alert: 'password-changed' });
      about({ target: { kind: 'account', id: userId }, details: { endedSessions: ended } });
      return this.starter.rotate(tx, call);
    });
  }

  /** Sets the password of whoever reads the mail of the account. @throws Problem `identity.not-valid`, `identity.weak-password` */
  async reset(
    { token, password }: Input<typeof confirmPasswordReset>,
    call: Call,
  ): Promise<Output<typeof confirmPasswordReset>> {
    const secret = await this.secrets.find('password-reset', token, call);
    const { userId } = secret;
    const account = await call.tx((tx) => tx.table(accounts).findOneBy({ id: userId }), { subject: userId });
    if (!account) throw new Problem(identityProblems.notValid);
    checkPassword(password, account.email, this.minimumLength);
    const hash = await this.hasher.hash(new Secret(password));
    return call.act(
      async (tx, about) => {
        await this.secrets.use(tx, secret);
        await lockAccount(tx, userId);
        await this.store(tx, userId, hash);
        const ended = await endOtherSessions(tx, userId);
        await tellMember(tx, userId, 'password-changed');
        about({ target: { kind: 'account', id: userId }, details: { endedSessions: ended }, personal: { userId } });
        return { status: 'changed' as const };
      },
      { subject: userId },
    );
  }

  private async prove(password: string, call: Call): Promise<Account> {
    const { userId } = call.user;
    const account = await call.tx((tx) => tx.table(accounts).findOneBy({ id: userId }));
    const { ok } = await this.verifyPassword.execute(account, new Secret(password), call, { subject: userId });
    if (!ok || !account) throw new Problem(identityProblems.passwordNeeded);
    return account;
  }

  private async store(tx: Tx, id: string, { hash, pepperVersion }: PasswordHash): Promise<void> {
    const unlocked = { failedSignIns: 0, failingSince: null, lockedUntil: null };
    await tx.table(accounts).update({ id }, { passwordHash: hash, pepperVersion, ...unlocked });
  }

  private get minimumLength(): number {
    return this.runtime.charter.document.accounts.password.minimumLength;
  }
}
