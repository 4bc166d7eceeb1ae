import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '@millrace/kernel';

const TOKEN_BYTES = 32;

/** A random token for its holder and the hash under which it is stored; the token itself is never stored. */
export interface OpaqueToken {
  /** 256 random bits in base64url, 43 characters. */
  readonly token: Secret<string>;
  /** {@link hashOpaqueToken} of it. */
  readonly hash: string;
}

/** A new session id, reset link or other bearer token. */
export function newOpaqueToken(): OpaqueToken {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token: new Secret(token), hash: hashOpaqueToken(token) };
}

/** SHA-256 in hex: enough for 256 random bits, where a slow or keyed hash would add nothing. Not for passwords or codes. */
export function hashOpaqueToken(token: string): string {
  return hash('sha256', token, 'hex');
}

/** Compares without telling by its duration where two values differ. Values of unequal length are unequal. */
export function constantTimeEqual(a: string | Uint8Array, b: string | Uint8Array): boolean {
  const [left, right] = [bytesOf(a), bytesOf(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
}
