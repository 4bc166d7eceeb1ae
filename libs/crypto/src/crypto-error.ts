/**
 * Every way in which this library refuses. The list is closed: a caller can switch over it, and none of the
 * messages repeats a value, a key or a plaintext.
 */
export const CRYPTO_ERROR_CODES = [
  'context-invalid',
  'envelope-malformed',
  'envelope-refused',
  'key-exists',
  'key-holder-refused',
  'key-holder-unavailable',
  'key-name-invalid',
  'key-not-found',
  'key-provider-denied',
  'key-provider-invalid',
  'key-provider-unavailable',
  'key-version-not-found',
  'key-version-retired',
  'key-file-invalid',
  'key-file-permissions',
  'keyring-locked',
  'lease-malformed',
  'lease-refused',
  'password-too-long',
  'password-hash-malformed',
  'password-hasher-busy',
  'pepper-not-found',
  'sealed-malformed',
  'sealed-refused',
  'token-expired',
  'token-forged',
  'token-malformed',
  'token-not-yet-valid',
  'token-too-long-lived',
  'token-unknown-issuer',
  'token-wrong-audience',
  'token-wrong-type',
  'wrap-refused',
] as const;

export type CryptoErrorCode = (typeof CRYPTO_ERROR_CODES)[number];

/** A refusal by this library; `code` says which. Whoever faces a person maps it to a problem of their own. */
export class CryptoError extends Error {
  override readonly name = 'CryptoError';

  constructor(
    readonly code: CryptoErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Whether `error` is a {@link CryptoError}, optionally with one of the given codes. */
export function isCryptoError(error: unknown, ...codes: CryptoErrorCode[]): error is CryptoError {
  return error instanceof CryptoError && (codes.length === 0 || codes.includes(error.code));
}
