import { hash, type KeyObject, verify } from 'node:crypto';
import { type Clock, systemClock } from '@millrace/kernel';
import { CryptoError } from '../crypto-error.js';
import { fromBase64url } from '../encoding/base64url.js';
import type { VerifyingKey } from './signing-key.js';
import { REGISTERED_CLAIMS, TOKEN_ALGORITHM, type TokenClaims, type TokenType, typeHeader } from './token-type.js';

/** A call token is about 600 bytes; this leaves room for long role lists. */
const MAX_TOKEN_LENGTH = 8 * 1024;
/** How far an issuer's clock may run ahead of ours. Expiry gets no grace: it only shortens a token's life. */
const ISSUER_AHEAD_SECONDS = 5;
/** Tokens whose signature was verified a moment ago; 4,096 entries are about 2 MB. */
const MAX_REMEMBERED = 4_096;

/** The last instant of ECMAScript's Date. */
const MAX_INSTANT_SECONDS = 8_640_000_000_000;

export interface VerifyOptions {
  readonly audience: string;
  readonly type: TokenType;
  /** The longest life that this kind of token may have; 60 by default. A longer one is refused whatever its issuer says. */
  readonly maxLifetimeSeconds?: number;
}

export interface VerifiedToken {
  readonly issuer: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** The caller's claims, without the registered ones, frozen; check their shape before use. */
  readonly claims: TokenClaims;
}

interface Payload {
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  readonly claims: TokenClaims;
}

/** What is left of a token once its signature has held. */
type VerifiedSignature = Pick<ReadToken, 'payload' | 'typ'>;

interface ReadToken {
  readonly alg: string;
  readonly typ: string;
  readonly kid: string;
  readonly payload: Payload;
  /** What was signed: header and payload as they came (RFC 7515 §5.2). */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/**
 * Verifies what {@link TokenSigner} signs. Only Ed25519, only the given issuers, only their keys. A signature that held
 * once is remembered by the token's hash, so a token that serves several calls costs one verification; time, audience
 * and type are checked every time. Measured on one 2.4 GHz EPYC core with Node 24.21: 70 µs for a new token, 1.5 µs for a remembered
 * one.
 *
 * Throws a `CryptoError`: `token-malformed`, `token-unknown-issuer`, `token-forged`, `token-wrong-type`,
 * `token-wrong-audience`, `token-expired`, `token-not-yet-valid`, `token-too-long-lived`.
 */
export class TokenVerifier {
  private readonly keys = new Map<string, ReadonlyMap<string, KeyObject>>();
  private readonly remembered = new Map<string, VerifiedSignature>();

  /** `issuers` maps each issuer to its keys; several while one is being replaced. */
  constructor(
    issuers: ReadonlyMap<string, readonly VerifyingKey[]>,
    private readonly clock: Clock = systemClock,
  ) {
    for (const [issuer, keys] of issuers) {
      this.keys.set(issuer, new Map(keys.map(({ keyId, publicKey }) => [keyId, publicKey])));
    }
  }

  /** The ids of an issuer's keys. */
  keyIds(issuer: string): string[] {
    return [...(this.keys.get(issuer)?.keys() ?? [])];
  }

  async verify(token: string, options: VerifyOptions): Promise<VerifiedToken> {
    const { payload, typ } = this.verifySignature(token);
    if (typ !== typeHeader(options.type)) throw new CryptoError('token-wrong-type', 'The token is of another kind');
    if (payload.aud !== options.audience)
      throw new CryptoError('token-wrong-audience', 'The token is for somebody else');
    this.checkTime(payload, options.maxLifetimeSeconds ?? 60);
    const { iss: issuer, iat, exp, claims } = payload;
    return { issuer, issuedAt: new Date(iat * 1000), expiresAt: new Date(exp * 1000), claims };
  }

  private verifySignature(token: string): VerifiedSignature {
    if (token.length > MAX_TOKEN_LENGTH) throw malformed();
    const digest = hash('sha256', token, 'base64url');
    const known = this.remembered.get(digest);
    if (known) return known;
    const read = readToken(token);
    // On the calling thread: under load a turn of the thread pool takes longer than the 60 µs of the check.
    if (!verify(null, read.signed, this.keyFor(read), read.signature))
      throw new CryptoError('token-forged', 'The signature does not hold');
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
    const { payload, typ } = read;
    this.remembered.set(digest, { payload, typ });
    return { payload, typ };
  }

  private keyFor({ payload, alg, kid }: ReadToken): KeyObject {
    const keys = this.keys.get(payload.iss);
    if (!keys) throw new CryptoError('token-unknown-issuer', 'The issuer is not known here');
    const key = keys.get(kid);
    if (!key || alg !== TOKEN_ALGORITHM) throw new CryptoError('token-forged', 'Not signed with a key of its issuer');
    return key;
  }

  private checkTime({ iat, exp }: Payload, maxLifetimeSeconds: number): void {
    const now = this.clock.now().getTime() / 1000;
    if (exp <= now) throw new CryptoError('token-expired', 'The token has expired');
    if (iat > now + ISSUER_AHEAD_SECONDS) throw new CryptoError('token-not-yet-valid', 'The token is from the future');
    if (exp - iat > maxLifetimeSeconds) throw new CryptoError('token-too-long-lived', 'The token lives too long');
  }
}

/**
 * Reads a token before its signature is checked, to find the issuer's key; the result is used only after the check. The
 * form is strict: canonical base64url (otherwise two texts are one token) and no header but the three we write
 * (so no `crit`, no `b64`, no key brought along).
 */
function readToken(token: string): ReadToken {
  const parts = token.split('.');
  const signature = fromBase64url(parts[2] ?? '');
  if (parts.length !== 3 || !signature) throw malformed();
  const { alg, typ, kid, ...others } = readJson(parts[0]!);
  if (typeof alg !== 'string' || typeof typ !== 'string' || typeof kid !== 'string') throw malformed();
  if (Object.keys(others).length > 0) throw malformed();
  const signed = Buffer.from(`${parts[0]}.${parts[1]}`, 'latin1');
  return { alg, typ, kid, payload: readPayload(readJson(parts[1]!)), signed, signature };
}

function readPayload({ iss, aud, iat, exp, ...others }: Record<string, unknown>): Payload {
  if (typeof iss !== 'string' || typeof aud !== 'string' || !isInstant(iat) || !isInstant(exp)) throw malformed();
  if (Object.keys(others).some((name) => REGISTERED_CLAIMS.has(name))) throw malformed();
  return { iss, aud, iat, exp, claims: freeze(others) };
}

/** Remembered claims are given out again and again: nobody may change them for the next call. */
function freeze<T extends object>(value: T): T {
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) freeze(member as object);
  return Object.freeze(value);
}

function readJson(part: string): Record<string, unknown> {
  const bytes = fromBase64url(part);
  if (!bytes) throw malformed();
  let content: unknown;
  try {
    content = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw malformed();
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw malformed();
  return content as Record<string, unknown>;
}

/** Seconds since 1970, within what a Date can hold. */
function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= MAX_INSTANT_SECONDS;
}

function malformed(): CryptoError {
  return new CryptoError('token-malformed', 'Not a signed token');
}
