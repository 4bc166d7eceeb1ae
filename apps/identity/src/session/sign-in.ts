import {
  type confirmSignInCode,
  type confirmSignInLink,
  identityProblems,
  type Input,
  type Output,
  type requestSignInCode,
  type signIn,
  type SignedIn,
} from '@millrace/contracts';
import { newOpaqueToken } from '@millrace/crypto';
import { Problem, Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { type AccountMail } from '../one-time/account-mail.js';
import { type OneTimeSecret, type OneTimeSecrets } from '../one-time/one-time-secrets.js';
import { type Passwords } from '../password/passwords.js';
import { type SecondFactor } from '../second-factor/second-factor.js';
import { type SessionStarter } from './session-starter.js';

/** The ways to start a session. None tells whether an address is known. */
export class SignIn {
  constructor(
    private readonly mail: AccountMail,
    private readonly passwords: Passwords,
    private readonly secrets: OneTimeSecrets,
    private readonly factor: SecondFactor,
    private readonly starter: SessionStarter,
  ) {}

  /** @throws Problem `identity.wrong-credentials`, `identity.locked`, and what the second factor asks for */
  async withPassword({ email, password, secondFactor, device }: Input<typeof signIn>, call: Call): Promise<SignedIn> {
    const { userId, account } = await this.mail.holderOf(email, call);
    const secret = new Secret(password);
    const { ok, needsRehash } = await this.passwords.verify(userId, account, secret, call);
    if (!ok || !account) throw new Problem(identityProblems.wrongCredentials);
    const isStrong = await this.factor.require(userId, secondFactor, call);
    const renewed = needsRehash ? await this.passwords.renew(secret) : undefined;
    const { lastOrgId } = account;
    return this.starter.start({ userId, device, isStrong, lastOrgId, password: { renewed } }, call);
  }

  /** Has a code mailed, if there is such an account; the answer holds what the browser must keep. */
  async requestCode(email: string, call: Call): Promise<Output<typeof requestSignInCode>> {
    const { token, hash } = newOpaqueToken();
    await this.mail.request(email, 'sign-in-code', call, Buffer.from(hash, 'hex'));
    const expiresAt = this.secrets.expiryOf('sign-in-code').toISOString();
    return { status: 'accepted', challenge: token.reveal(), expiresAt };
  }

  /** @throws Problem `identity.not-valid` */
  async withCode(
    { challenge, code, secondFactor, device }: Input<typeof confirmSignInCode>,
    call: Call,
  ): Promise<SignedIn> {
    const secret = await this.secrets.findCode(challenge, code, call);
    return this.withSecret(secret, secondFactor, device, call);
  }

  /** @throws Problem `identity.not-valid` */
  async withLink({ token, secondFactor, device }: Input<typeof confirmSignInLink>, call: Call): Promise<SignedIn> {
    const secret = await this.secrets.find('sign-in-link', token, call);
    return this.withSecret(secret, secondFactor, device, call);
  }

  private async withSecret(
    secret: OneTimeSecret,
    secondFactor: string | undefined,
    device: string | undefined,
    call: Call,
  ): Promise<SignedIn> {
    const { userId } = secret;
    const isStrong = await this.factor.require(userId, secondFactor, call);
    return this.starter.start({ userId, device, isStrong, before: (tx) => this.secrets.use(tx, secret) }, call);
  }
}
