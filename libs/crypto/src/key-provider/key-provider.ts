import { CryptoError } from '../crypto-error.js';

/** A data key wrapped under one version of a key-encryption key. */
export interface WrappedKey {
  /** The version of the key-encryption key that wrapped it, from 1. */
  readonly keyVersion: number;
  /** Opaque to everyone but the provider; at most {@link MAX_WRAPPED_BYTES}. */
  readonly wrapped: Buffer;
}

/** What may be told about a key-encryption key: never its bytes. */
export interface KeyDescription {
  readonly keyName: string;
  /** The version that `wrap` uses, from 1; a rotation adds one. */
  readonly currentVersion: number;
  /** The oldest version that `unwrap` still uses, 1 at first. */
  readonly minimumDecryptionVersion: number;
  /** When the current version was made. */
  readonly rotatedAt: Date;
}

/**
 * Keeps key-encryption keys and uses them; their bytes never leave it. Adapters: {@link LocalKeyring}, {@link Transit}
 * and, later, cloud key services. Every adapter passes `key-provider.contract.ts`.
 *
 * All methods reject with a {@link CryptoError}: `key-name-invalid` for a name outside {@link isKeyName},
 * `key-not-found` for a key that was never made or was destroyed.
 */
export interface KeyProvider {
  /** Makes a key with version 1; `key-exists` when there is one. A destroyed name may be made anew, with other bytes. */
  createKey(keyName: string): Promise<KeyDescription>;
  /** Makes a new version that `wrap` uses from now on; older versions still unwrap. */
  rotateKey(keyName: string): Promise<KeyDescription>;
  /**
   * Retires the versions below `version`: `unwrap` refuses them from now on. They are kept, so that a restored backup can
   * be read after lowering it again. `key-version-not-found` unless it is one of the key's versions.
   */
  setMinimumDecryptionVersion(keyName: string, version: number): Promise<KeyDescription>;
  /** Destroys all versions for good; what they wrapped can never be read again. A key that is not there is fine. */
  destroyKey(keyName: string): Promise<void>;
  describeKey(keyName: string): Promise<KeyDescription | undefined>;
  listKeys(): Promise<KeyDescription[]>;
  /**
   * Wraps a 32-byte data key under the current version. `binding` is authenticated with it, not stored.
   */
  wrap(keyName: string, dataKey: Uint8Array, binding: Uint8Array): Promise<WrappedKey>;
  /**
   * The data key. `wrap-refused` when it was tampered with, or wrapped by another key or for another binding;
   * `key-version-not-found` for a version that does not exist, `key-version-retired` for one below the minimum.
   */
  unwrap(keyName: string, wrapped: WrappedKey, binding: Uint8Array): Promise<Buffer>;
}

/** Room for the wrapped forms of the cloud key services (AWS KMS: about 184 bytes for a 32-byte key). */
export const MAX_WRAPPED_BYTES = 1024;

const KEY_NAME = /^[a-z0-9][a-z0-9._-]{0,126}[a-z0-9]$/;

/** Whether a name is fit for every provider: 2 to 128 of `a-z 0-9 . _ -`, letters or digits at both ends. */
export function isKeyName(name: string): boolean {
  return KEY_NAME.test(name);
}

export function assertKeyName(name: string): void {
  if (!isKeyName(name)) throw new CryptoError('key-name-invalid', 'A key name has 2 to 128 of a-z, 0-9, ".", "_", "-"');
}

/** The name of an organization's key-encryption key. Destroying it destroys all of the organization's secrets. */
export function organizationKeyName(orgId: string): string {
  return `org-${orgId}`;
}

/** The name of a region's key-encryption key for one purpose, such as `region-eu-west-lookup`. */
export function regionKeyName(region: string, purpose: string): string {
  return `region-${region}-${purpose}`;
}
