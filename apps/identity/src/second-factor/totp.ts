import { createHmac } from 'node:crypto';
import { Secret as OtpSecret, TOTP } from 'otpauth';

/** RFC 6238: SHA-1, 30 seconds, six digits, which every authenticator app knows. The key has SHA-1's 160 bits (RFC 4226 §4 R6). */
const PERIOD_SECONDS = 30;
const DIGITS = 6;
const KEY_BYTES = 20;
/** Clocks of phones may be a step off either way (RFC 6238 §5.2). */
const WINDOW = 1;

/** The key of an authenticator: nothing of it is stored. `seed` is random and belongs to one authenticator. */
export function authenticatorKey(regionKey: Buffer, seed: string): Buffer {
  return createHmac('sha256', regionKey).update(`authenticator:${seed}`).digest().subarray(0, KEY_BYTES);
}

/** What an app is told, as a URI for a QR code and as base32 to type. */
export function totpUri(key: Buffer, issuer: string, label: string): { uri: string; key: string } {
  const totp = totpOf(key, issuer, label);
  return { uri: totp.toString(), key: totp.secret.base32 };
}

/** The time step that a code belongs to, around `now`; undefined for a wrong one. */
export function stepOf(key: Buffer, code: string, now: Date): number | undefined {
  const timestamp = now.getTime();
  const totp = totpOf(key);
  const delta = totp.validate({ token: code, timestamp, window: WINDOW });
  return delta === null ? undefined : totp.counter({ timestamp }) + delta;
}

function totpOf(key: Buffer, issuer = '', label = ''): TOTP {
  const buffer = new Uint8Array(key).buffer;
  return new TOTP({
    ...{ issuer, label, algorithm: 'SHA1', digits: DIGITS, period: PERIOD_SECONDS },
    secret: new OtpSecret({ buffer }),
  });
}
