import {
  type changePassword,
  type confirmIdentity,
  type confirmPassword,
  type confirmPasswordReset,
  identityProblems,
  type Input,
  type Output,
  securityAlerted,
  type SignedIn,
} from '@millrace/contracts';
import { type PasswordHash } from '@millrace/crypto';
import { Problem, Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Account, accounts } from '../account/account.table.js';
import { tellMember } from '../account/tell-member.js';
import { type OneTimeSecrets } from '../one-time/one-time-secrets.js';
import { type SecondFactor } from '../second-factor/second-factor.js';
import { endOtherSessions } from '../session/session-desk.js';
import { type SessionStarter } from '../session/session-starter.js';
import { forgetFailures } from './lockout.js';
import { lockAccount, type Passwords } from './passwords.js';

/** Changes passwords, and takes them as a proof that it is still the same person. */
export class PasswordDesk {
  constructor(
    private readonly passwords: Passwords,
    private readonly secrets: OneTimeSecrets,
    private readonly factor: SecondFactor,
    private readonly starter: SessionStarter,
  ) {}

  /**
   * A code of the authenticator where there is one, else the password.
   * @throws Problem `identity.password-needed`, `identity.second-factor-needed`, `identity.wrong-second-factor`, `identity.locked`
   */
  async confirm({ password, secondFactor }: Input<typeof confirmIdentity>, call: Call): Promise<SignedIn> {
    const { userId } = call.user;
    const isFactorOn = await this.factor.isOn(userId, call);
    if (password !== undefined || !isFactorOn) await this.prove(password, call);
    const isStrong = await this.factor.require(userId, secondFactor, call);
    return call.act(async (tx, about) => {
      about({ target: { kind: 'session', id: call.user.sessionId } });
      return this.starter.rotate(tx, call, isStrong);
    });
  }

  /**
   * The session is confirmed by this, so it takes all that a confirmation takes.
   * @throws Problem `identity.password-needed`, `identity.second-factor-needed`, `identity.wrong-second-factor`,
   * `identity.weak-password`, `identity.locked`
   */
  async change({ present, password, secondFactor }: Input<typeof changePassword>, call: Call): Promise<SignedIn> {
    const account = await this.prove(present, call);
    const isStrong = await this.factor.require(account.id, secondFactor, call);
    const hash = await this.passwords.choose(password, account.email);
    const { userId, orgId, sessionId } = call.user;
    return call.act(async (tx, about) => {
      await this.store(tx, userId, hash);
      const ended = await endOtherSessions(tx, userId, sessionId);
      await tx.emit(securityAlerted, { orgId, userId, alert: 'password-changed' });
      about({ target: { kind: 'account', id: userId }, details: { endedSessions: ended } });
      return this.starter.rotate(tx, call, isStrong);
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
    const hash = await this.passwords.choose(password, account.email);
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

  /** For another service that was shown somebody's password. @throws Problem `identity.second-factor-needed`, `identity.wrong-second-factor`, `identity.locked` */
  async isProven({ userId, password, secondFactor }: Input<typeof confirmPassword>, call: Call): Promise<boolean> {
    const account = await call.tx((tx) => tx.table(accounts).findOneBy({ id: userId }), 'region');
    const { ok } = await this.passwords.verify(userId, account, new Secret(password), call);
    if (ok) await this.factor.require(userId, secondFactor, call);
    return ok;
  }

  private async prove(password: string | undefined, call: Call): Promise<Account> {
    if (password === undefined) throw new Problem(identityProblems.passwordNeeded);
    const { userId } = call.user;
    const account = await call.tx((tx) => tx.table(accounts).findOneBy({ id: userId }));
    const { ok } = await this.passwords.verify(userId, account, new Secret(password), call);
    if (!ok || !account) throw new Problem(identityProblems.passwordNeeded);
    return account;
  }

  private async store(tx: Tx, id: string, { hash, pepperVersion }: PasswordHash): Promise<void> {
    await tx.table(accounts).update({ id }, { passwordHash: hash, pepperVersion });
    await forgetFailures(tx, id);
  }
}
