import { createHmac } from 'node:crypto';
import { IDENTITY_PROVIDER_SIGN_IN_MS } from '@millrace/contracts';
import { constantTimeEqual, deriveKey, hashOpaqueToken, newOpaqueToken } from '@millrace/crypto';
import { type Clock, Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import { strangerId } from '../one-time/one-time-secrets.js';
import { signInAttempts } from './sign-in-attempt.table.js';

/** What a provider is sent of an attempt, and what its answer is compared with. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: Secret;
}

export type BegunAttempt = Row<typeof signInAttempts>;
type Beginning = Partial<Pick<BegunAttempt, 'providerOrgId' | 'ofAge' | 'invitationHash'>>;

/** Sign-ins that were begun at an identity provider: each is finished once, in time, by the browser that began it. */
export class SignInAttempts {
  private readonly key: Buffer;

  /** @param use what the attempts are for: those of another use have other nonces and verifiers */
  constructor(
    private readonly clock: Clock,
    regionKey: Secret<Buffer>,
    use: string,
  ) {
    this.key = deriveKey(regionKey.reveal(), use);
  }

  /** A new attempt. It exists once its `keep` has written it: a provider that is away leaves no trace. */
  begin() {
    const [state, browser] = [newOpaqueToken(), newOpaqueToken()];
    const expiresAt = new Date(this.clock.now().getTime() + IDENTITY_PROVIDER_SIGN_IN_MS);
    const keep = async (beginning: Beginning, call: Call) => {
      const stateHash = bytesOf(state.hash);
      const holderId = strangerId(stateHash);
      const row = { holderId, stateHash, browserHash: bytesOf(browser.hash), expiresAt, usedAt: null };
      const { providerOrgId = null, ofAge = false, invitationHash = null } = beginning;
      await call.tx((tx) => tx.table(signInAttempts).insert({ ...row, providerOrgId, ofAge, invitationHash }), {
        subject: holderId,
      });
      return { token: browser.token.reveal(), expiresAt: expiresAt.toISOString() };
    };
    return { attempt: this.of(state.token.reveal()), keep };
  }

  /** Recognises an answer. The attempt is used up with this, whatever comes of it. Undefined for one of nobody's here. */
  async take(state: string, browser: string | undefined, call: Call): Promise<BegunAttempt | undefined> {
    const now = this.clock.now();
    const key = bytesOf(hashOpaqueToken(state));
    return call.tx(
      async (tx) => {
        const found = await tx.table(signInAttempts).findOneBy({ stateHash: key });
        const isHere = found && browser && constantTimeEqual(found.browserHash, bytesOf(browser));
        if (!isHere || found.expiresAt <= now) return undefined;
        const used = await tx.query(
          'update sign_in_attempt set used_at = $2 where holder_id = $1 and used_at is null returning 1',
          [found.holderId, now],
        );
        return used.length === 1 ? found : undefined;
      },
      { subject: strangerId(key) },
    );
  }

  /** Verifier and nonce follow from the state under a key of the region, so that nothing of them lies anywhere. */
  of(state: string): Attempt {
    const derived = (use: string) => createHmac('sha256', this.key).update(`${use}/${state}`).digest('base64url');
    return { state, nonce: derived('nonce'), verifier: new Secret(derived('verifier')) };
  }

  /** Whom a provider means, under a key of the region: nobody else's provider can name the same person. */
  subjectKey(...named: readonly string[]): Buffer {
    return createHmac('sha256', this.key)
      .update(JSON.stringify(['subject', ...named]))
      .digest();
  }
}

const bytesOf = (hash: string) => Buffer.from(hash, 'hex');
