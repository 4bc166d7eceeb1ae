import { createHash, createHmac, randomInt } from 'node:crypto';
import type { Charter } from '@millrace/charter';
import { identityProblems, type OneTimePurpose, oneTimeSecretRequested } from '@millrace/contracts';
import { constantTimeEqual, deriveKey, hashOpaqueToken, newOpaqueToken } from '@millrace/crypto';
import { addDuration, newId, Problem, type Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import { accounts } from '../account/account.table.js';
import { invitations } from '../organization/invitation.table.js';
import { mailPause } from './mail-pause.js';
import { oneTimeSecrets } from './one-time-secret.table.js';

export type OneTimeSecret = Row<typeof oneTimeSecrets>;

/** Six digits are 20 bits, the least that NIST SP 800-63B §3.1.3.1 allows; five guesses of a million are the chance of a stranger. */
const CODE_DIGITS = 6;
const MAX_WRONG = 5;

export interface MailedSecret {
  readonly purpose: OneTimePurpose;
  readonly userId: string;
  readonly orgId: string;
  /** Where to send it when that is not the address of the account. */
  readonly email?: { readonly address: string; readonly lookup: Buffer };
  /** Of a code: the SHA-256 of what the asking browser holds. */
  readonly challengeHash?: Buffer;
}

/** How long each kind of secret lives, as the charter says. */
export function oneTimeLives({ document: { tokens, accounts: people } }: Charter): Record<OneTimePurpose, string> {
  return {
    'sign-up': tokens.emailVerification,
    'email-change': tokens.emailVerification,
    'sign-in-code': tokens.oneTimeCode,
    'sign-in-link': tokens.magicLink,
    'password-reset': tokens.passwordReset,
    invitation: people.invitation,
  };
}

/**
 * Secrets that are mailed: asked for in a transaction, made when the mail is sent, used once, for one purpose, within
 * minutes.
 */
export class OneTimeSecrets {
  private readonly key: Buffer;

  constructor(
    private readonly runtime: Runtime,
    regionKey: Secret<Buffer>,
  ) {
    this.key = deriveKey(regionKey.reveal(), 'one-time-secret');
  }

  /** When a secret that is asked for now ends, as the charter says. */
  expiryOf(purpose: OneTimePurpose, askedAt: Date = this.runtime.clock.now()): Date {
    return addDuration(askedAt, oneTimeLives(this.runtime.charter)[purpose]);
  }

  /** Has a mail sent, unless this person got several just now. Answers whether it will be. */
  async request(tx: Tx, { userId, orgId, purpose, email, challengeHash }: MailedSecret): Promise<boolean> {
    const now = this.runtime.clock.now();
    const recent = await tx.query<{ createdAt: Date }>(
      `select created_at as "createdAt" from one_time_secret
       where user_id = $1 and purpose = $2 and created_at > $3 order by created_at desc`,
      [userId, purpose, mailPause.since(now)],
    );
    if (mailPause.isOn(recent, now)) return false;
    const secretId = newId(this.runtime.clock);
    await tx.table(oneTimeSecrets).insert({
      id: secretId,
      userId,
      purpose,
      challengeHash: challengeHash ?? null,
      createdAt: now,
      expiresAt: this.expiryOf(purpose, now),
      ...(email ? { email: email.address, emailLookup: email.lookup } : {}),
    });
    await tx.emit(oneTimeSecretRequested, { orgId, userId, secretId, purpose });
    return true;
  }

  /** Makes the secret for the mail that is being written; an earlier one of the same mail is void from here on. */
  async mint(tx: Tx, secretId: string): Promise<{ purpose: OneTimePurpose; email: string; token: string } | undefined> {
    const found = await tx
      .table(oneTimeSecrets)
      .findOne({ where: { id: secretId }, lock: { mode: 'pessimistic_write' } });
    if (!found) return this.mintInvitation(tx, secretId);
    if (!this.isUsable(found)) return undefined;
    const email = found.email ?? (await tx.table(accounts).findOneBy({ id: found.userId }))?.email;
    if (!email) return undefined;
    const { purpose } = found;
    const token = purpose === 'sign-in-code' ? newCode() : newOpaqueToken().token.reveal();
    await tx.table(oneTimeSecrets).update({ id: secretId }, { secretHash: this.hashOf(found, token) });
    return { purpose, email, token };
  }

  /** An invitation is a row of its own: it belongs to the organization, not to the person, of whom nothing is known yet. */
  private async mintInvitation(tx: Tx, id: string) {
    const found = await tx.table(invitations).findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
    if (!found || found.expiresAt <= this.runtime.clock.now()) return undefined;
    const purpose = 'invitation' as const;
    const token = newOpaqueToken().token.reveal();
    await tx.table(invitations).update({ id }, { secretHash: this.hashOf({ purpose }, token) });
    return { purpose, email: found.email, token };
  }

  /** The secret behind a link. @throws Problem `identity.not-valid` whatever is wrong with it */
  async find(purpose: OneTimePurpose, token: string, call: Call): Promise<OneTimeSecret> {
    const key = this.hashOf({ purpose }, token);
    const found = await call.tx((tx) => tx.table(oneTimeSecrets).findOneBy({ secretHash: key }), { key });
    if (!found || found.purpose !== purpose || !this.isUsable(found)) throw new Problem(identityProblems.notValid);
    return found;
  }

  /** The secret behind a code. A wrong code is counted. @throws Problem `identity.not-valid` */
  async findCode(challenge: string, code: string, call: Call): Promise<OneTimeSecret> {
    const key = Buffer.from(hashOpaqueToken(challenge), 'hex');
    const found = await call.tx((tx) => tx.table(oneTimeSecrets).findOneBy({ challengeHash: key }), { key });
    if (!found || found.purpose !== 'sign-in-code' || !found.secretHash || !this.isUsable(found))
      throw new Problem(identityProblems.notValid);
    // Counted before it is compared, so that guesses at the same time cannot all be the first.
    const isCounted = await call.tx((tx) => this.countAttempt(tx, found.id), { subject: found.userId });
    const typed = code.replaceAll(/\s/g, '');
    if (!isCounted || !constantTimeEqual(this.hashOf(found, typed), found.secretHash))
      throw new Problem(identityProblems.notValid);
    return found;
  }

  /** Counts one more wrong proof beside a link. */
  async noteWrong(secret: OneTimeSecret, call: Call): Promise<void> {
    await call.tx((tx) => this.countAttempt(tx, secret.id), { subject: secret.userId });
  }

  /** Uses it up in the transaction of what it opens. @throws Problem `identity.not-valid` when somebody was faster */
  async use(tx: Tx, { id }: OneTimeSecret): Promise<void> {
    const used = await tx.query(
      'update one_time_secret set used_at = $2 where id = $1 and used_at is null returning 1',
      [id, this.runtime.clock.now()],
    );
    if (used.length === 0) throw new Problem(identityProblems.notValid);
  }

  private async countAttempt(tx: Tx, id: string): Promise<boolean> {
    const counted = await tx.query(
      `update one_time_secret set wrong_attempts = wrong_attempts + 1
       where id = $1 and used_at is null and wrong_attempts < $2 returning 1`,
      [id, MAX_WRONG],
    );
    return counted.length === 1;
  }

  private isUsable({ usedAt, expiresAt, wrongAttempts }: OneTimeSecret): boolean {
    return usedAt === null && expiresAt > this.runtime.clock.now() && wrongAttempts < MAX_WRONG;
  }

  /** Bound to the purpose; a code, of which there are few, to its own row as well. */
  hashOf({ id, purpose }: { readonly id?: string; readonly purpose: OneTimePurpose }, token: string): Buffer {
    const bound = purpose === 'sign-in-code' ? `${purpose}:${id}:${token}` : `${purpose}:${token}`;
    return createHmac('sha256', this.key).update(bound).digest();
  }
}

function newCode(): string {
  return String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
}

/**
 * The id that stands for an address nobody has an account with: what is done for it is what is done for a known one, so
 * neither answer nor time tells them apart. The same address has the same id, and no account ever has one of these (RFC 9562 version 8).
 */
export function strangerId(lookup: Buffer): string {
  const bytes = createHash('sha256').update(lookup).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
