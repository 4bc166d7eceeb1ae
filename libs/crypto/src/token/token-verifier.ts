import { hash, type webcrypto } from 'node:crypto';
import { type Clock, systemClock } from '@millrace/kernel';
import { compactVerify, decodeProtectedHeader } from 'jose';
import { CryptoError } from '../crypto-error.js';
import type { VerifyingKey } from './signing-key.js';
import { REGISTERED_CLAIMS, TOKEN_ALGORITHM, type TokenClaims, type TokenType, typeHeader } from './token-type.js';

/** A call token is about 600 bytes; this leaves room for long role lists. */
const MAX_TOKEN_LENGTH = 8 * 1024;
/** How far an issuer's clock may run ahead of ours. Expiry gets no grace: it only shortens a token's life. */
const ISSUER_AHEAD_SECONDS = 5;
/** Tokens whose signature was verified a moment ago; 4,096 entries are about 2 MB. */
const MAX_REMEMBERED = 4_096;

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
  /** The caller's claims, without the registered ones; check their shape before use. */
  readonly claims: TokenClaims;
}

interface Payload {
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  readonly claims: TokenClaims;
}

/**
 * Verifies what {@link TokenSigner} signs. Only Ed25519, only the given issuers, only their keys. A signature that held
 * once is remembered by the token's hash, so a token that serves several calls costs one verification; time, audience
 * and type are checked every time.
 *
 * Throws a `CryptoError`: `token-malformed`, `token-unknown-issuer`, `token-forged`, `token-wrong-type`,
 * `token-wrong-audience`, `token-expired`, `token-not-yet-valid`, `token-too-long-lived`.
 */
export class TokenVerifier {
  private readonly keys = new Map<string, ReadonlyMap<string, webcrypto.CryptoKey>>();
  private readonly remembered = new Map<string, { payload: Payload; typ: unknown }>();

  /** `issuers` maps each issuer to its keys; several while one is being replaced. */
  constructor(
    issuers: ReadonlyMap<string, readonly VerifyingKey[]>,
    private readonly clock: Clock = systemClock,
  ) {
    for (const [issuer, keys] of issuers) {
      const imported = keys.map(({ keyId, publicKey }) => {
        return [keyId, publicKey.toCryptoKey('Ed25519', false, ['verify'])] as const;
      });
      this.keys.set(issuer, new Map(imported));
    }
  }

  async verify(token: string, options: VerifyOptions): Promise<VerifiedToken> {
    const { payload, typ } = await this.verifySignature(token);
    if (typ !== typeHeader(options.type)) throw new CryptoError('token-wrong-type', 'The token is of another kind');
    if (payload.aud !== options.audience)
      throw new CryptoError('token-wrong-audience', 'The token is for somebody else');
    this.checkTime(payload, options.maxLifetimeSeconds ?? 60);
    const { iss: issuer, iat, exp, claims } = payload;
    return { issuer, issuedAt: new Date(iat * 1000), expiresAt: new Date(exp * 1000), claims };
  }

  private async verifySignature(token: string): Promise<{ payload: Payload; typ: unknown }> {
    if (token.length > MAX_TOKEN_LENGTH) throw malformed();
    const digest = hash('sha256', token, 'base64url');
    const known = this.remembered.get(digest);
    if (known) return known;
    const payload = readPayload(token);
    const key = this.keyFor(payload.iss, token);
    const verified = await compactVerify(token, key, { algorithms: [TOKEN_ALGORITHM] }).catch((cause: unknown) => {
      throw new CryptoError('token-forged', 'The signature does not hold', { cause });
    });
    const result = { payload, typ: verified.protectedHeader.typ };
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.delete(this.remembered.keys().next().value!);
    this.remembered.set(digest, result);
    return result;
  }

  private keyFor(issuer: string, token: string): webcrypto.CryptoKey {
    const keys = this.keys.get(issuer);
    if (!keys) throw new CryptoError('token-unknown-issuer', 'The issuer is not known here');
    const { kid, alg } = header(token);
    const key = typeof kid === 'string' ? keys.get(kid) : undefined;
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

function header(token: string): { kid?: unknown; alg?: unknown } {
  try {
    return decodeProtectedHeader(token);
  } catch {
    throw malformed();
  }
}

/** Reads the payload before the signature is checked, only to find the issuer's key; nothing of it is used otherwise. */
function readPayload(token: string): Payload {
  const parts = token.split('.');
  if (parts.length !== 3) throw malformed();
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString('utf8'));
  } catch {
    throw malformed();
  }
  if (typeof content !== 'object' || content === null) throw malformed();
  const { iss, aud, iat, exp } = content as Record<string, unknown>;
  if (typeof iss !== 'string' || typeof aud !== 'string' || !isInstant(iat) || !isInstant(exp)) throw malformed();
  const claims = Object.fromEntries(Object.entries(content).filter(([name]) => !REGISTERED_CLAIMS.has(name)));
  return { iss, aud, iat, exp, claims };
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function malformed(): CryptoError {
  return new CryptoError('token-malformed', 'Not a signed token');
}
