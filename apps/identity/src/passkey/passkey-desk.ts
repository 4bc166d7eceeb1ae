import {
  type addPasskey,
  type confirmPasskeySignIn,
  identityProblems,
  type Input,
  kernelProblems,
  type listPasskeys,
  type Output,
  type SignedIn,
} from '@millrace/contracts';
import { hashOpaqueToken } from '@millrace/crypto';
import { newId, Problem } from '@millrace/kernel';
import type { Call, Reach } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { accounts } from '../account/account.table.js';
import { tellMember } from '../account/tell-member.js';
import { strangerId } from '../one-time/one-time-secrets.js';
import { type SessionStarter } from '../session/session-starter.js';
import { passkeyChallenges, passkeys } from './passkey.table.js';
import { relyingPartyOf } from './relying-party.js';

type Passkey = Row<typeof passkeys>;

/** Five minutes, as the specification recommends for a ceremony with user verification (WebAuthn §15.1). */
const CHALLENGE_MS = 300_000;

/** Makes passkeys and signs people in with them. They are verified by the device, so no second factor is asked for. */
export class PasskeyDesk {
  constructor(
    private readonly runtime: Runtime,
    private readonly starter: SessionStarter,
  ) {}

  async list(call: Call): Promise<Output<typeof listPasskeys>> {
    const { userId } = call.user;
    const rows = await call.tx((tx) => tx.table(passkeys).find({ where: { userId }, order: { createdAt: 'asc' } }));
    return { passkeys: rows.map(shown) };
  }

  /** @throws Problem `identity.passkeys-unavailable` */
  async offer(call: Call) {
    const { userId } = call.user;
    const { charter, config } = this.runtime;
    const { id: rpID } = relyingPartyOf(config);
    const { account, known } = await call.tx(async (tx) => ({
      account: await tx.table(accounts).findOneBy({ id: userId }),
      known: await tx.table(passkeys).findBy({ userId }),
    }));
    const options = await generateRegistrationOptions({
      rpName: charter.document.title,
      rpID,
      userID: new Uint8Array(Buffer.from(userId.replaceAll('-', ''), 'hex')),
      userName: account!.email,
      timeout: CHALLENGE_MS,
      attestationType: 'none',
      excludeCredentials: known.map(({ credentialId: id, transports }) => ({ id, transports })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    await this.remember(options.challenge, userId, { subject: userId }, call);
    return { options: asJson(options) };
  }

  /** @throws Problem `identity.not-valid` for an answer to another question, from another site, or without the person */
  async add({ name, credential }: Input<typeof addPasskey>, call: Call): Promise<Output<typeof addPasskey>> {
    const { userId } = call.user;
    const { id: expectedRPID, origins } = relyingPartyOf(this.runtime.config);
    const verdict = await verifyRegistrationResponse({
      response: credential as unknown as RegistrationResponseJSON,
      expectedChallenge: (challenge) => this.consume(challenge, userId, call),
      expectedOrigin: origins,
      expectedRPID,
      requireUserVerification: true,
    }).catch(refuse);
    if (!verdict.verified) throw new Problem(identityProblems.notValid);
    const { id: credentialId, publicKey, counter, transports = [] } = verdict.registrationInfo.credential;
    const { clock } = this.runtime;
    const row = {
      ...{ id: newId(clock), userId, name, credentialId, credentialHash: hashOf(credentialId) },
      ...{ publicKey: Buffer.from(publicKey), signCount: counter, transports: [...transports] },
      ...{ createdAt: clock.now(), lastUsedAt: null },
    };
    return call.act(async (tx, about) => {
      await tx.table(passkeys).insert(row);
      await tellMember(tx, userId, 'passkey-added');
      about({ target: { kind: 'passkey', id: row.id } });
      return shown(row);
    });
  }

  /** @throws Problem `kernel.not-found` */
  async remove(id: string, call: Call): Promise<void> {
    const { userId } = call.user;
    await call.act(async (tx, about) => {
      const { affected } = await tx.table(passkeys).delete({ id, userId });
      if (!affected) throw new Problem(kernelProblems.notFound);
      about({ target: { kind: 'passkey', id } });
    });
  }

  /** Names no account: the person's device finds the passkey. @throws Problem `identity.passkeys-unavailable` */
  async offerSignIn(call: Call) {
    const { id: rpID } = relyingPartyOf(this.runtime.config);
    const options = await generateAuthenticationOptions({
      rpID,
      userVerification: 'required',
      allowCredentials: [],
      timeout: CHALLENGE_MS,
    });
    const holder = holderOf(options.challenge);
    await this.remember(options.challenge, holder, { subject: holder }, call);
    return { options: asJson(options) };
  }

  /** @throws Problem `identity.not-valid` whatever is wrong */
  async signIn({ credential, device }: Input<typeof confirmPasskeySignIn>, call: Call): Promise<SignedIn> {
    const { id: expectedRPID, origins } = relyingPartyOf(this.runtime.config);
    const response = credential as unknown as AuthenticationResponseJSON;
    const key = hashOf(String(response?.id));
    const found = await call.tx((tx) => tx.table(passkeys).findOneBy({ credentialHash: key }), { key });
    if (!found) throw new Problem(identityProblems.notValid);
    const verdict = await verifyAuthenticationResponse({
      response,
      expectedChallenge: (challenge) => this.consume(challenge, holderOf(challenge), call),
      expectedOrigin: origins,
      expectedRPID,
      credential: credentialOf(found),
      requireUserVerification: true,
    }).catch(refuse);
    if (!verdict.verified) throw new Problem(identityProblems.notValid);
    const signCount = verdict.authenticationInfo.newCounter;
    const { id, userId } = found;
    return this.starter.start(
      {
        userId,
        device,
        isStrong: true,
        before: (tx) => tx.table(passkeys).update({ id }, { signCount, lastUsedAt: this.runtime.clock.now() }),
      },
      call,
    );
  }

  private async remember(challenge: string, holderId: string, reach: Reach, call: Call): Promise<void> {
    const expiresAt = new Date(this.runtime.clock.now().getTime() + CHALLENGE_MS);
    const row = { challengeHash: hashOf(challenge), holderId, expiresAt };
    await call.tx((tx) => tx.table(passkeyChallenges).insert(row), reach);
  }

  /** Whether the question is one of ours that still waits; it is answered with that. */
  private async consume(challenge: string, holderId: string, call: Call): Promise<boolean> {
    const answered = await call.tx(
      (tx) =>
        tx.query<{ expiresAt: Date }>(
          'delete from passkey_challenge where challenge_hash = $1 and holder_id = $2 returning expires_at as "expiresAt"',
          [hashOf(challenge), holderId],
        ),
      { subject: holderId },
    );
    return answered.length === 1 && answered[0]!.expiresAt > this.runtime.clock.now();
  }
}

const hashOf = (text: string) => Buffer.from(hashOpaqueToken(text), 'hex');
const holderOf = (challenge: string) => strangerId(hashOf(challenge));
const asJson = (options: object) => JSON.parse(JSON.stringify(options)) as Record<string, never>;

function credentialOf({ credentialId: id, publicKey, signCount: counter, transports }: Passkey) {
  return { id, publicKey: new Uint8Array(publicKey), counter, transports };
}

/** The library says what is wrong by throwing; strangers learn only that something is. */
function refuse(cause: unknown): never {
  throw cause instanceof Problem ? cause : new Problem(identityProblems.notValid, { cause });
}

function shown({ id, name, createdAt, lastUsedAt }: Pick<Passkey, 'id' | 'name' | 'createdAt' | 'lastUsedAt'>) {
  return {
    passkeyId: id,
    name,
    createdAt: createdAt.toISOString(),
    ...(lastUsedAt ? { lastUsedAt: lastUsedAt.toISOString() } : {}),
  };
}
