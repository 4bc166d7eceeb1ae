import {
  createCipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

/* DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, AES-256-GCM 0x0002 (RFC 9180 §7). */
const KEM_SUITE = Buffer.from('KEM\0\x20', 'latin1');
const SUITE = Buffer.from('HPKE\0\x20\0\x01\0\x02', 'latin1');
const VERSION = Buffer.from('HPKE-v1', 'latin1');
const NOTHING = Buffer.alloc(0);
const BASE_MODE = Buffer.from([0]);
const [KEY_BYTES, NONCE_BYTES, SECRET_BYTES] = [32, 12, 32];
/** The empty pre-shared key's id, which is the same for every message. */
const NO_PSK_ID = extract(NOTHING, SUITE, 'psk_id_hash', NOTHING);

export interface HpkeRequest {
  readonly info: Uint8Array;
  readonly plaintext: Uint8Array;
  /** Default: none. */
  readonly additionalData?: Uint8Array;
}

export interface HpkeMessage {
  /** The ephemeral public key, 32 bytes. */
  readonly enc: Buffer;
  /** The ciphertext followed by its 16-byte tag. */
  readonly ciphertext: Buffer;
}

/**
 * Seals one message: HPKE base mode, single shot (RFC 9180 §6.1, `SealBase`). In one go on the
 * calling thread: a library over WebCrypto does the same in a dozen turns of the thread pool, which under load is most of
 * the time that a lease takes. Throws what OpenSSL throws for a public key of small order (RFC 9180 §7.1.4).
 * @param publicKey the recipient's raw X25519 public key
 * @param ephemeral for test vectors only; fresh by default
 */
export function hpkeSeal(
  publicKey: Uint8Array,
  { info, plaintext, additionalData = NOTHING }: HpkeRequest,
  ephemeral: KeyObject = generateKeyPairSync('x25519').privateKey,
): HpkeMessage {
  const enc = rawPublicKey(ephemeral);
  const shared = encapsulated(ephemeral, enc, publicKey);
  const context = Buffer.concat([BASE_MODE, NO_PSK_ID, extract(NOTHING, SUITE, 'info_hash', info)]);
  const secret = extract(shared, SUITE, 'secret', NOTHING);
  const key = expand(secret, SUITE, 'key', context, KEY_BYTES);
  const nonce = expand(secret, SUITE, 'base_nonce', context, NONCE_BYTES);
  try {
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additionalData);
    return { enc, ciphertext: Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]) };
  } finally {
    for (const one of [shared, secret, key]) one.fill(0);
  }
}

/** The KEM's shared secret (RFC 9180 §4.1). */
function encapsulated(ephemeral: KeyObject, enc: Buffer, publicKey: Uint8Array): Buffer {
  const exchanged = diffieHellman({ privateKey: ephemeral, publicKey: importPublicKey(publicKey) });
  const prk = extract(NOTHING, KEM_SUITE, 'eae_prk', exchanged);
  try {
    return expand(prk, KEM_SUITE, 'shared_secret', Buffer.concat([enc, publicKey]), SECRET_BYTES);
  } finally {
    exchanged.fill(0);
    prk.fill(0);
  }
}

/** `LabeledExtract` (RFC 9180 §4). */
function extract(salt: Buffer, suite: Buffer, label: string, ikm: Uint8Array): Buffer {
  return createHmac('sha256', salt).update(VERSION).update(suite).update(label).update(ikm).digest();
}

/** `LabeledExpand` (RFC 9180 §4) to at most 32 bytes, which is one block of HKDF-Expand (RFC 5869 §2.3). */
function expand(prk: Buffer, suite: Buffer, label: string, info: Uint8Array, bytes: number): Buffer {
  const length = Buffer.from([0, bytes]);
  const block = createHmac('sha256', prk).update(length).update(VERSION).update(suite).update(label).update(info);
  return block
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, bytes);
}

function importPublicKey(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}

function rawPublicKey(privateKey: KeyObject): Buffer {
  return Buffer.from(privateKey.export({ format: 'jwk' }).x!, 'base64url');
}
