import { createHmac, type KeyObject, randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, systemClock } from '@millrace/kernel';
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
import { canonicalBytes } from '../encoding/canonical-bytes.js';
import { assertKeyName, type KeyDescription, type KeyProvider, type WrappedKey } from './key-provider.js';
import { type Keyring, type KeyVersion, readKeyring, writeKeyring } from './keyring-file.js';
import { withKeyringLock } from './keyring-lock.js';
import { ensurePrivateFolder, readPrivateFile, writePrivateFile } from './private-file.js';

/** A keyring changes a few times a minute at most; being overtaken three times in a row is not chance. */
const MAX_READ_ATTEMPTS = 3;
/** salt 16 | nonce 12 | data key 32 | tag 16 */
const SALT_BYTES = 16;
const WRAPPED_BYTES = SALT_BYTES + GCM_NONCE_BYTES + AES_KEY_BYTES + GCM_TAG_BYTES;

/**
 * Key-encryption keys in one file (0600 in a folder 0700), for one machine. Several processes may use it: changes are
 * made under a lock and replace the file in one step, and every use looks whether the file was replaced, so that a key
 * destroyed by one process is gone for all at once.
 *
 * Each wrap derives a one-time key from the key-encryption key and a random salt, so the 2^32 limit of random nonces
 * under one key (NIST SP 800-38D §8.3) is out of reach.
 */
export class LocalKeyring implements KeyProvider {
  private loaded: LoadedKeyring | undefined;
  private changes: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly clock: Clock,
  ) {}

  /** Opens the keyring file at `path`, or makes an empty one with its folder. Throws `key-file-permissions`, `key-file-invalid`. */
  static async open(path: string, clock: Clock = systemClock): Promise<LocalKeyring> {
    const keyring = new LocalKeyring(path, clock);
    await ensurePrivateFolder(dirname(path));
    await withKeyringLock(`${path}.lock`, async () => {
      if (!(await readPrivateFile(path))) await keyring.write(new Map());
    });
    await keyring.load();
    return keyring;
  }

  async createKey(keyName: string): Promise<KeyDescription> {
    assertKeyName(keyName);
    return this.change((keyring) => {
      if (keyring.has(keyName)) throw new CryptoError('key-exists', 'There is a key of this name');
      const versions = [this.newVersion(1)];
      keyring.set(keyName, versions);
      return describe(keyName, versions);
    });
  }

  async rotateKey(keyName: string): Promise<KeyDescription> {
    assertKeyName(keyName);
    return this.change((keyring) => {
      const versions = versionsOf(keyring, keyName);
      versions.push(this.newVersion(versions.length + 1));
      return describe(keyName, versions);
    });
  }

  async destroyKey(keyName: string): Promise<void> {
    assertKeyName(keyName);
    await this.change((keyring) => void keyring.delete(keyName));
  }

  async describeKey(keyName: string): Promise<KeyDescription | undefined> {
    assertKeyName(keyName);
    const versions = (await this.load()).get(keyName);
    return versions && describe(keyName, versions);
  }

  async listKeys(): Promise<KeyDescription[]> {
    return [...(await this.load())].map(([keyName, versions]) => describe(keyName, versions));
  }

  async wrap(keyName: string, dataKey: Uint8Array, binding: Uint8Array): Promise<WrappedKey> {
    assertKeyName(keyName);
    if (dataKey.length !== AES_KEY_BYTES) throw new RangeError(`A data key has ${AES_KEY_BYTES} bytes`);
    const { key, version } = versionsOf(await this.load(), keyName).at(-1)!;
    const salt = randomBytes(SALT_BYTES);
    const nonce = randomNonce();
    const sealed = encrypt(oneTimeKey(key, salt), nonce, dataKey, wrapData(keyName, version, binding));
    return { keyVersion: version, wrapped: Buffer.concat([salt, nonce, sealed]) };
  }

  async unwrap(keyName: string, { keyVersion, wrapped }: WrappedKey, binding: Uint8Array): Promise<Buffer> {
    assertKeyName(keyName);
    const found = versionsOf(await this.load(), keyName)[keyVersion - 1];
    if (!found) throw new CryptoError('key-version-not-found', 'The key has no such version');
    if (wrapped.length !== WRAPPED_BYTES) throw refused();
    const key = oneTimeKey(found.key, wrapped.subarray(0, SALT_BYTES));
    const nonce = wrapped.subarray(SALT_BYTES, SALT_BYTES + GCM_NONCE_BYTES);
    const sealed = wrapped.subarray(SALT_BYTES + GCM_NONCE_BYTES);
    const dataKey = decrypt(key, nonce, sealed, wrapData(keyName, keyVersion, binding));
    if (!dataKey) throw refused();
    return dataKey;
  }

  private newVersion(version: number): KeyVersion {
    return { version, createdAt: this.clock.now(), key: aesKey(randomBytes(AES_KEY_BYTES)) };
  }

  /** The keyring as the file has it now; the file is read only when it is another one than last time. */
  private async load(): Promise<Keyring> {
    const found = await stat(this.path, { bigint: true });
    if (this.loaded?.stamp !== stamp(found)) this.loaded = await this.read();
    return this.loaded.keyring;
  }

  /** A file that is replaced while it is read is overwritten under the reader: read again when it was. */
  private async read(attempt = 1): Promise<LoadedKeyring> {
    const content = await readPrivateFile(this.path);
    if (!content) throw new CryptoError('key-file-invalid', 'The keyring file is gone');
    try {
      return { keyring: readKeyring(content.bytes), stamp: stamp(content.stats) };
    } catch (error) {
      const now = await stat(this.path, { bigint: true });
      if (attempt >= MAX_READ_ATTEMPTS || stamp(now) === stamp(content.stats)) throw error;
      return this.read(attempt + 1);
    } finally {
      content.bytes.fill(0);
    }
  }

  /**
   * One change at a time in this process, then one among processes. The change is made to a copy: a key that did not
   * reach the disk must never wrap anything.
   */
  private change<T>(action: (keyring: Keyring) => T): Promise<T> {
    const result = this.changes.then(() =>
      withKeyringLock(`${this.path}.lock`, async () => {
        const { keyring } = await this.read();
        const value = action(keyring);
        await this.write(keyring);
        return value;
      }),
    );
    this.changes = result.catch(() => undefined);
    return result;
  }

  private async write(keyring: Keyring): Promise<void> {
    const bytes = writeKeyring(keyring);
    await writePrivateFile(this.path, bytes, { overwriteOld: true });
    bytes.fill(0);
    this.loaded = undefined;
  }
}

interface LoadedKeyring {
  readonly keyring: Keyring;
  readonly stamp: string;
}

function versionsOf(keyring: Keyring, keyName: string): KeyVersion[] {
  const versions = keyring.get(keyName);
  if (!versions) throw new CryptoError('key-not-found', 'There is no such key, or it was destroyed');
  return versions;
}

function describe(keyName: string, versions: KeyVersion[]): KeyDescription {
  const { version, createdAt } = versions.at(-1)!;
  return { keyName, currentVersion: version, rotatedAt: createdAt };
}

function stamp(stats: { dev: bigint; ino: bigint; mtimeNs: bigint; ctimeNs: bigint; size: bigint }): string {
  return `${stats.dev}:${stats.ino}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.size}`;
}

function oneTimeKey(key: KeyObject, salt: Uint8Array): KeyObject {
  return aesKey(createHmac('sha256', key).update('millrace/keyring/wrap/v1').update(salt).digest());
}

function wrapData(keyName: string, version: number, binding: Uint8Array): Buffer {
  return canonicalBytes(['millrace/keyring/wrap/v1', keyName, String(version), binding]);
}

function refused(): CryptoError {
  return new CryptoError('wrap-refused', 'The wrapped key was changed or belongs to another key or binding');
}
