import { aessiv } from '@noble/ciphers/aes.js';
import { fromBase64url, toBase64url } from '../encoding/base64url.js';
import { deriveKey } from '../lookup/field-hasher.js';

/** Starts every token: whose it is, and which cipher and derivation made it. */
export const FIELD_TOKEN_PREFIX = 'mtok1_';

/** AES-256-SIV takes two AES-256 keys (RFC 5297 §2.2). */
const SIV_KEY_BYTES = 64;
/** The synthetic initialization vector, which is also the authentication tag. */
const SIV_BYTES = 16;
const LABEL = 'field-token/v1';

/** Replaces texts by tokens and back. Nothing is stored: the key alone makes both. */
export interface FieldTokenizer {
  /** Equal texts give equal tokens and different texts different ones, so joins and keys still work. */
  tokenize(text: string): string;
  /** The text of a token made under the same key; undefined for anything else. */
  detokenize(token: string): string | undefined;
}

/**
 * A tokenizer under a key derived from `key`: deterministic AES-256-SIV (RFC 5297) without associated data, as base64url
 * after {@link FIELD_TOKEN_PREFIX}. A token tells the length of its text and which texts are equal, and nothing else.
 * About 20 µs per text (Node 24, 2.4 GHz EPYC): some thirty times a keyed hash, which is the choice where nobody needs
 * the value back.
 */
export function createFieldTokenizer(key: Uint8Array): FieldTokenizer {
  const own = deriveKey(key, LABEL, SIV_KEY_BYTES);
  return {
    // The library allows one message per instance, as for ciphers with a nonce.
    tokenize: (text) => FIELD_TOKEN_PREFIX + toBase64url(aessiv(own).encrypt(Buffer.from(text))),
    detokenize: (token) => {
      if (!token.startsWith(FIELD_TOKEN_PREFIX)) return undefined;
      const sealed = fromBase64url(token.slice(FIELD_TOKEN_PREFIX.length));
      return sealed && sealed.length >= SIV_BYTES ? open(own, sealed) : undefined;
    },
  };
}

function open(key: Uint8Array, sealed: Uint8Array): string | undefined {
  try {
    return Buffer.from(aessiv(key).decrypt(sealed)).toString();
  } catch {
    return undefined;
  }
}
