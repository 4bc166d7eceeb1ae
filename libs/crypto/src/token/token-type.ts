/** The kinds of token; the kind is signed (header `typ`, RFC 8725 §3.11), so that one can never pass for another. */
export type TokenType = 'call' | 'lease-grant' | 'evidence';

export type TokenClaims = Readonly<Record<string, unknown>>;

/** The only accepted algorithm: Ed25519 under its JOSE name (RFC 8037). A token cannot choose another. */
export const TOKEN_ALGORITHM = 'EdDSA';

/** Claims that the signer sets and the verifier checks; callers' claims may not use these names. */
export const REGISTERED_CLAIMS: ReadonlySet<string> = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']);

export function typeHeader(type: TokenType): string {
  return `millrace-${type}+jwt`;
}
