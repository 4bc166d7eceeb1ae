import { createHmac, type KeyObject, randomBytes } from 'node:crypto';
import type { Clock } from '@millrace/kernel';
import { CryptoError } from '../crypto-error.js';
import { AES_KEY_BYTES, aesKey, decrypt, encrypt, GCM_NONCE_BYTES, GCM_TAG_BYTES } from '../encoding/aead.js';
import { canonicalBytes } from '../encoding/canonical-bytes.js';
import type { KeyDescription, WrappedKey } from './key-provider.js';
import type { Keyring, KeyringKey, KeyVersion } from './keyring-file.js';

/** salt 16 | nonce 12 | data key 32 | tag 16 */
const SALT_BYTES = 16;
const SEALED_AT = SALT_BYTES + GCM_NONCE_BYTES;
const WRAPPED_BYTES = SEALED_AT + AES_KEY_BYTES + GCM_TAG_BYTES;
const LABEL = Buffer.from('millrace/keyring/wrap/v1');

/** Throws `key-not-found`. */
export function keyOf(keyring: Keyring, keyName: string): KeyringKey {
  const key = keyring.get(keyName);
  if (!key) throw new CryptoError('key-not-found', 'There is no such key, or it was destroyed');
  return key;
}

/** What the keyrings do to the keys that they hold; where the keys lie is the keyring's own affair. */
export const changes = {
  create(keyring: Keyring, keyName: string, clock: Clock): KeyDescription {
    if (keyring.has(keyName)) throw new CryptoError('key-exists', 'There is a key of this name');
    const key = { versions: [newVersion(clock, 1)], minimumDecryptionVersion: 1 };
    keyring.set(keyName, key);
    return describe(keyName, key);
  },

  rotate(keyring: Keyring, keyName: string, clock: Clock): KeyDescription {
    const key = keyOf(keyring, keyName);
    key.versions.push(newVersion(clock, key.versions.length + 1));
    return describe(keyName, key);
  },

  setMinimum(keyring: Keyring, keyName: string, version: number): KeyDescription {
    const key = keyOf(keyring, keyName);
    if (!key.versions.some((one) => one.version === version)) throw noVersion();
    key.minimumDecryptionVersion = version;
    return describe(keyName, key);
  },
};

function newVersion(clock: Clock, version: number): KeyVersion {
  return { version, createdAt: clock.now(), key: aesKey(randomBytes(AES_KEY_BYTES)) };
}

export function describe(keyName: string, { versions, minimumDecryptionVersion }: KeyringKey): KeyDescription {
  const { version, createdAt } = versions.at(-1)!;
  return { keyName, currentVersion: version, minimumDecryptionVersion, rotatedAt: createdAt };
}

/**
 * Wraps under the newest version with AES-256-GCM. Each wrap derives a one-time key from the key-encryption key and a
 * random salt, so the 2^32 limit of random nonces under one key (NIST SP 800-38D §8.3) is out of reach.
 */
export function wrapUnder(
  keyName: string,
  { versions }: KeyringKey,
  dataKey: Uint8Array,
  binding: Uint8Array,
): WrappedKey {
  if (dataKey.length !== AES_KEY_BYTES) throw new RangeError(`A data key has ${AES_KEY_BYTES} bytes`);
  const { key, version } = versions.at(-1)!;
  // Drawn at once: each draw costs 2 µs.
  const drawn = randomBytes(SEALED_AT);
  const [salt, nonce] = [drawn.subarray(0, SALT_BYTES), drawn.subarray(SALT_BYTES)];
  const sealed = encrypt(oneTimeKey(key, salt), nonce, dataKey, additionalData(keyName, version, binding));
  return { keyVersion: version, wrapped: Buffer.concat([drawn, sealed]) };
}

/** Undoes {@link wrapUnder}; throws `key-version-not-found`, `key-version-retired` or `wrap-refused`. */
export function unwrapUnder(
  keyName: string,
  { versions, minimumDecryptionVersion }: KeyringKey,
  { keyVersion, wrapped }: WrappedKey,
  binding: Uint8Array,
): Buffer {
  const found = versions[keyVersion - 1];
  if (!found) throw noVersion();
  if (keyVersion < minimumDecryptionVersion)
    throw new CryptoError('key-version-retired', 'This version of the key was retired and decrypts nothing any more');
  if (wrapped.length !== WRAPPED_BYTES) throw refused();
  const key = oneTimeKey(found.key, wrapped.subarray(0, SALT_BYTES));
  const nonce = wrapped.subarray(SALT_BYTES, SEALED_AT);
  const dataKey = decrypt(key, nonce, wrapped.subarray(SEALED_AT), additionalData(keyName, keyVersion, binding));
  if (!dataKey) throw refused();
  return dataKey;
}

function oneTimeKey(key: KeyObject, salt: Uint8Array): KeyObject {
  return aesKey(createHmac('sha256', key).update(LABEL).update(salt).digest());
}

function additionalData(keyName: string, version: number, binding: Uint8Array): Buffer {
  return canonicalBytes([LABEL, keyName, String(version), binding]);
}

function noVersion(): CryptoError {
  return new CryptoError('key-version-not-found', 'The key has no such version');
}

function refused(): CryptoError {
  return new CryptoError('wrap-refused', 'The wrapped key was changed or belongs to another key or binding');
}
