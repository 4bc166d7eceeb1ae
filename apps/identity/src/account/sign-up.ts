import {
  type confirmSignUp,
  identityProblems,
  type Input,
  type Output,
  type SignedIn,
  type signUp,
} from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import { type Call } from '@millrace/messaging';
import { isUniqueViolation, type Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { mailPause } from '../one-time/mail-pause.js';
import { type OneTimeSecret, type OneTimeSecrets } from '../one-time/one-time-secrets.js';
import { type Passwords } from '../password/passwords.js';
import { type SessionStarter } from '../session/session-starter.js';
import { type AccountOpener, type NewAccount } from './account-opener.js';
import { accounts } from './account.table.js';
import { type AddressLookup } from './address-lookup.js';
import { signUps } from './sign-up.table.js';
import { tellMember } from './tell-member.js';

/**
 * Opens accounts. What is asked for waits until somebody who reads the address's mail and knows the password confirms
 * it; the answer to the asking never tells whether the address was known, and the owner of a known one hears of it.
 */
export class SignUp {
  constructor(
    private readonly opener: AccountOpener,
    private readonly passwords: Passwords,
    private readonly lookup: AddressLookup,
    private readonly secrets: OneTimeSecrets,
    private readonly starter: SessionStarter,
  ) {}

  async execute({ organization, ...input }: Input<typeof signUp>, call: Call): Promise<Output<typeof signUp>> {
    const account = await this.opener.prepare(input);
    const key = this.lookup.of(input.email);
    const { owner, recent } = await call.tx((tx) => this.lookAt(tx, key, call), { key });
    if (owner) await this.tellOwner(owner.id, call);
    else await this.ask({ ...account, emailLookup: key }, organization, mailPause.isOn(recent, call.clock.now()), call);
    return { status: 'accepted' };
  }

  /** @throws Problem `identity.not-valid`; `identity.wrong-credentials` for another password than the one that was chosen */
  async confirm({ token, password, device }: Input<typeof confirmSignUp>, call: Call): Promise<SignedIn> {
    const secret = await this.secrets.find('sign-up', token, call);
    const { userId } = secret;
    const asked = await call.tx((tx) => tx.table(signUps).findOneBy({ userId }), { subject: userId });
    if (!asked) throw new Problem(identityProblems.notValid);
    const { passwordHash: hash, pepperVersion } = asked;
    if (!(await this.passwords.matches(password, { hash, pepperVersion }))) {
      await this.secrets.noteWrong(secret, call);
      throw new Problem(identityProblems.wrongCredentials);
    }
    try {
      return await this.open(asked, secret, device, call);
    } catch (error) {
      // Another request for the same address was confirmed first.
      throw isUniqueViolation(error) ? new Problem(identityProblems.notValid, { cause: error }) : error;
    }
  }

  private async lookAt(tx: Tx, emailLookup: Buffer, { clock }: Call) {
    const recent = await tx
      .table(signUps)
      .createQueryBuilder('one')
      .where('one.emailLookup = :emailLookup and one.createdAt > :since', {
        emailLookup,
        since: mailPause.since(clock.now()),
      })
      .orderBy('one.createdAt', 'DESC')
      .getMany();
    return { owner: await tx.table(accounts).findOneBy({ emailLookup }), recent };
  }

  private async ask(
    account: NewAccount & { readonly emailLookup: Buffer },
    organization: string | undefined,
    paused: boolean,
    call: Call,
  ): Promise<void> {
    const { clock } = call;
    const orgId = newId(clock);
    const { userId, email, emailLookup } = account;
    await call.act(
      async (tx, about) => {
        about({ details: { paused } });
        if (paused) return;
        const expiresAt = this.secrets.expiryOf('sign-up');
        await tx
          .table(signUps)
          .insert({ ...account, orgId, organization: organization ?? null, createdAt: clock.now(), expiresAt });
        const address = { address: email, lookup: emailLookup };
        await this.secrets.request(tx, { userId, orgId, purpose: 'sign-up', email: address });
        about({ personal: { userId } });
      },
      { subject: userId },
    );
  }

  private open(
    asked: Row<typeof signUps>,
    secret: OneTimeSecret,
    device: string | undefined,
    call: Call,
  ): Promise<SignedIn> {
    const { orgId, organization, createdAt: _asked, expiresAt: _ends, ...account } = asked;
    const { userId, company } = account;
    const createdAt = call.clock.now();
    return call.act(
      async (tx, about) => {
        await this.secrets.use(tx, secret);
        await this.opener.insert(tx, account);
        const name = organization ?? company ?? 'My organization';
        await this.opener.openOrganization(tx, { orgId, name, userId, createdAt });
        await tx.table(signUps).delete({ userId });
        const signedIn = await this.starter.open(tx, { userId, orgId, device }, about);
        about({ target: { kind: 'organization', id: orgId } });
        return signedIn;
      },
      { orgId, subject: userId },
    );
  }

  /** Somebody signed up with an address that is known: its owner hears of it, the visitor does not. */
  private tellOwner(userId: string, call: Call): Promise<void> {
    return call.act(
      async (tx, about) => {
        await tellMember(tx, userId, 'sign-up-with-known-address');
        about({ outcome: 'failure', details: { reason: 'known-address' }, personal: { userId } });
      },
      { subject: userId },
    );
  }
}
