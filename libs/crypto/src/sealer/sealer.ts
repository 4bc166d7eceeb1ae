import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { CryptoError } from '../crypto-error.js';
import {
  AES_KEY_BYTES,
  aesKey,
  decrypt,
  encrypt,
  GCM_NONCE_BYTES,
  GCM_TAG_BYTES,
  randomNonce,
} from '../encoding/aead.js';
import { canonicalBytes, contextBytes, type SealContext } from '../encoding/canonical-bytes.js';
import { openEnvelope, sealEnvelope } from '../envelope/envelope.js';
import type { KeyProvider } from '../key-provider/key-provider.js';

/* magic "MLRS" | format u8 | algorithm u8 | salt 16 | nonce 12 | ciphertext | tag 16 */
const MAGIC = Buffer.from('MLRS', 'latin1');
const FORMAT = 1;
const ALGORITHM = 1;
const SALT_AT = MAGIC.length + 2;
const SALT_BYTES = 16;
const NONCE_AT = SALT_AT + SALT_BYTES;
const PAYLOAD_AT = NONCE_AT + GCM_NONCE_BYTES;
/** Bytes that sealing adds to a value. */
export const SEALED_OVERHEAD_BYTES = PAYLOAD_AT + GCM_TAG_BYTES;

/**
 * After this many values a sealer derives a new key: random 96-bit nonces then collide with a chance below 2^-56 per
 * key (NIST SP 800-38D §8.3 asks for at most 2^-32).
 */
const VALUES_PER_KEY = 2 ** 20;
/** Derived keys that opening keeps; values sealed by one process in one go share one. */
const MAX_DERIVED = 256;

/** What a sealed value says about itself without any key. */
export interface SealedHeader {
  readonly algorithm: 'AES-256-GCM';
  readonly keyBits: 256;
  readonly plaintextBytes: number;
}

/** Reads the header of a sealed value; throws `sealed-malformed` unless it is AES-256-GCM in a known format. */
export function parseSealedHeader(sealed: Uint8Array): SealedHeader {
  const known = MAGIC.every((byte, index) => sealed[index] === byte) && sealed[4] === FORMAT && sealed[5] === ALGORITHM;
  if (!known || sealed.length < SEALED_OVERHEAD_BYTES) {
    throw new CryptoError('sealed-malformed', 'Not a sealed value');
  }
  return { algorithm: 'AES-256-GCM', keyBits: 256, plaintextBytes: sealed.length - SEALED_OVERHEAD_BYTES };
}

/**
 * A new sealing key for one organization and purpose, wrapped as an envelope under `keyName`: store the bytes, open them
 * with {@link openSealer}. Destroying the key-encryption key makes everything sealed with it unreadable.
 */
export async function createSealingKey(provider: KeyProvider, keyName: string, purpose: string): Promise<Buffer> {
  const plaintext = randomBytes(AES_KEY_BYTES);
  try {
    return await sealEnvelope(provider, { keyName, context: sealingKeyContext(purpose), plaintext });
  } finally {
    plaintext.fill(0);
  }
}

/** Unwraps a sealing key once; throws what `openEnvelope` throws. Keep the sealer in a {@link SealerCache}. */
export async function openSealer(
  provider: KeyProvider,
  request: { readonly keyName: string; readonly purpose: string; readonly sealingKey: Uint8Array },
): Promise<Sealer> {
  const { keyName, purpose, sealingKey } = request;
  const key = await openEnvelope(provider, { keyName, context: sealingKeyContext(purpose), envelope: sealingKey });
  try {
    return new Sealer(key);
  } finally {
    key.fill(0);
  }
}

/** The context that a sealing key's envelope is bound to; for whoever re-wraps envelopes after a rotation. */
export function sealingKeyContext(purpose: string): SealContext {
  return { use: 'sealing-key', purpose };
}

/**
 * Seals many small values, such as cursor bounds, with AES-256-GCM under one key held in memory. Synchronous: about
 * 10 µs per value on Node 24. Each sealer derives its own encryption key from a random salt, which travels with the value.
 */
export class Sealer {
  private readonly key: KeyObject;
  private readonly derived = new Map<string, KeyObject>();
  private readonly others: readonly Sealer[];
  private sealing: { salt: Buffer; key: KeyObject; left: number } | undefined;

  /**
   * `key` is 32 random bytes; the caller wipes its copy. `others` open what was sealed with them: the key
   * before it, or one that is not used for sealing yet.
   */
  constructor(key: Uint8Array, others: readonly Uint8Array[] = []) {
    this.others = others.map((one) => new Sealer(one));
    if (key.length !== AES_KEY_BYTES) throw new RangeError(`A sealing key has ${AES_KEY_BYTES} bytes`);
    this.key = createSecretKey(key);
  }

  seal(plaintext: Uint8Array | string, context: SealContext): Buffer {
    if (!this.sealing || this.sealing.left === 0) {
      const salt = randomBytes(SALT_BYTES);
      this.sealing = { salt, key: this.derive(salt), left: VALUES_PER_KEY };
    }
    this.sealing.left--;
    const { salt, key } = this.sealing;
    const nonce = randomNonce();
    const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext;
    const header = [MAGIC, Buffer.from([FORMAT, ALGORITHM]), salt, nonce];
    return Buffer.concat([...header, encrypt(key, nonce, bytes, additionalData(context))]);
  }

  /** Throws `sealed-malformed`, or `sealed-refused` for a value that was changed or belongs to another key or context. */
  open(sealed: Uint8Array, context: SealContext): Buffer {
    return this.tryOpen(sealed, context) ?? this.openWithOthers(sealed, context);
  }

  /** The value sealed with the key that seals, or undefined when it already is. Throws what {@link open} throws. */
  reseal(sealed: Uint8Array, context: SealContext): Buffer | undefined {
    const current = this.tryOpen(sealed, context);
    const plaintext = current ?? this.openWithOthers(sealed, context);
    try {
      return current ? undefined : this.seal(plaintext, context);
    } finally {
      plaintext.fill(0);
    }
  }

  private openWithOthers(sealed: Uint8Array, context: SealContext): Buffer {
    for (const one of this.others) {
      const plaintext = one.tryOpen(sealed, context);
      if (plaintext) return plaintext;
    }
    throw new CryptoError('sealed-refused', 'The value was changed or belongs to another key or context');
  }

  private tryOpen(sealed: Uint8Array, context: SealContext): Buffer | undefined {
    parseSealedHeader(sealed);
    const key = this.derivedFor(Buffer.from(sealed.subarray(SALT_AT, NONCE_AT)));
    const nonce = sealed.subarray(NONCE_AT, PAYLOAD_AT);
    return decrypt(key, nonce, sealed.subarray(PAYLOAD_AT), additionalData(context));
  }

  private derivedFor(salt: Buffer): KeyObject {
    const name = salt.toString('latin1');
    const known = this.derived.get(name);
    if (known) return known;
    const key = this.derive(salt);
    if (this.derived.size >= MAX_DERIVED) this.derived.delete(this.derived.keys().next().value!);
    this.derived.set(name, key);
    return key;
  }

  private derive(salt: Uint8Array): KeyObject {
    return aesKey(createHmac('sha256', this.key).update('millrace/sealer/v1').update(salt).digest());
  }
}

function additionalData(context: SealContext): Buffer {
  return canonicalBytes(['millrace/sealed/v1', Buffer.from([FORMAT, ALGORITHM]), contextBytes(context)]);
}
