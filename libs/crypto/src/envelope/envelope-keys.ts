import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { AES_KEY_BYTES, aesKey } from '../encoding/aead.js';

/** 256 bits: finding two data keys with one commitment takes 2^128 work. */
export const COMMITMENT_BYTES = 32;
/** The counter of HKDF-Expand's first and, for SHA-512 and 64 bytes, only block. */
const FIRST_BLOCK = Buffer.from([1]);

export interface EnvelopeKeys {
  readonly encryptionKey: KeyObject;
  /** Public: stands in the envelope's header. */
  readonly commitment: Buffer;
}

/**
 * The keys of one envelope from its data key: HKDF-Expand with SHA-512 (RFC 5869 §2.3) to 64 bytes, the first half to
 * encrypt with and the second to commit with. `info` is everything that the envelope is bound to. A data key is uniformly
 * random, so the extracting step is left out (RFC 5869 §3.3).
 *
 * AES-GCM does not commit to its key: one ciphertext and tag can be made that open under two keys to two plaintexts
 * (Albertini, Duong, Gueron, Kölbl, Luykx, Schmieg: How to Abuse and Fix Authenticated Encryption Without Key Commitment,
 * USENIX Security 2022). The commitment pins data key, nonce and context at once, as the committing suites of the AWS
 * Encryption SDK pin their key.
 */
export function envelopeKeys(dataKey: Uint8Array, info: Uint8Array): EnvelopeKeys {
  // With a key object, which spares Node 24 looking the algorithm up anew: 2 µs instead of 10.
  const block = createHmac('sha512', createSecretKey(dataKey)).update(info).update(FIRST_BLOCK).digest();
  const secretHalf = block.subarray(0, AES_KEY_BYTES);
  try {
    return { encryptionKey: aesKey(secretHalf), commitment: block.subarray(AES_KEY_BYTES) };
  } finally {
    secretHalf.fill(0);
  }
}

/** Whether a header's commitment is the one that follows from the data key, compared in constant time. */
export function commitsTo(keys: EnvelopeKeys, commitment: Uint8Array): boolean {
  return timingSafeEqual(keys.commitment, commitment);
}
