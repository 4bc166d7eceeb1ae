import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomFillSync } from 'node:crypto';

export const AES_KEY_BYTES = 32;
/** The only nonce length that AES-GCM uses as it is (NIST SP 800-38D §8.2). */
export const GCM_NONCE_BYTES = 12;
export const GCM_TAG_BYTES = 16;

const ALGORITHM = 'aes-256-gcm';

/** An AES-256 key as a key object: on Node 24 a cipher call with one costs about a third of a call with raw bytes. */
export function aesKey(bytes: Uint8Array): KeyObject {
  if (bytes.length !== AES_KEY_BYTES) throw new RangeError(`An AES-256 key has ${AES_KEY_BYTES} bytes`);
  return createSecretKey(bytes);
}

export function randomNonce(): Buffer {
  return randomFillSync(Buffer.alloc(GCM_NONCE_BYTES));
}

/** AES-256-GCM: the ciphertext followed by its 16-byte tag. */
export function encrypt(key: KeyObject, nonce: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: GCM_TAG_BYTES });
  cipher.setAAD(additionalData);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The plaintext, or undefined when key, nonce, ciphertext, tag or additional data do not belong together. */
export function decrypt(
  key: KeyObject,
  nonce: Uint8Array,
  sealed: Uint8Array,
  additionalData: Uint8Array,
): Buffer | undefined {
  if (sealed.length < GCM_TAG_BYTES) return undefined;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: GCM_TAG_BYTES });
  decipher.setAAD(additionalData);
  decipher.setAuthTag(sealed.subarray(sealed.length - GCM_TAG_BYTES));
  // All of it: GCM is a stream cipher, so the end gives no more bytes, only the verdict. No second copy to wipe.
  const plaintext = decipher.update(sealed.subarray(0, sealed.length - GCM_TAG_BYTES));
  try {
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}
