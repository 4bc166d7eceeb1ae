import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, systemClock } from '@millrace/kernel';
import { CryptoError } from '../crypto-error.js';
import { assertKeyName, type KeyDescription, type KeyProvider, type WrappedKey } from './key-provider.js';
import { type Keyring, readKeyring, writeKeyring } from './keyring-file.js';
import { withKeyringLock } from './keyring-lock.js';
import { changes, describe, keyOf, unwrapUnder, wrapUnder } from './keyring-wrap.js';
import { ensurePrivateFolder, readPrivateFile, wipeUnfinished, writePrivateFile } from './private-file.js';

/** A keyring changes a few times a minute at most; being overtaken three times in a row is not chance. */
const MAX_READ_ATTEMPTS = 3;
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
      await wipeUnfinished(path);
      if (!(await readPrivateFile(path))) await keyring.write(new Map());
    });
    await keyring.load();
    return keyring;
  }

  async createKey(keyName: string): Promise<KeyDescription> {
    assertKeyName(keyName);
    return this.change((keyring) => changes.create(keyring, keyName, this.clock));
  }

  async rotateKey(keyName: string): Promise<KeyDescription> {
    assertKeyName(keyName);
    return this.change((keyring) => changes.rotate(keyring, keyName, this.clock));
  }

  async setMinimumDecryptionVersion(keyName: string, version: number): Promise<KeyDescription> {
    assertKeyName(keyName);
    return this.change((keyring) => changes.setMinimum(keyring, keyName, version));
  }

  async destroyKey(keyName: string): Promise<void> {
    assertKeyName(keyName);
    await this.change((keyring) => void keyring.delete(keyName));
  }

  async describeKey(keyName: string): Promise<KeyDescription | undefined> {
    assertKeyName(keyName);
    const key = (await this.load()).get(keyName);
    return key && describe(keyName, key);
  }

  async listKeys(): Promise<KeyDescription[]> {
    return [...(await this.load())].map(([keyName, key]) => describe(keyName, key));
  }

  async wrap(keyName: string, dataKey: Uint8Array, binding: Uint8Array): Promise<WrappedKey> {
    assertKeyName(keyName);
    return wrapUnder(keyName, keyOf(await this.load(), keyName), dataKey, binding);
  }

  async unwrap(keyName: string, wrapped: WrappedKey, binding: Uint8Array): Promise<Buffer> {
    assertKeyName(keyName);
    return unwrapUnder(keyName, keyOf(await this.load(), keyName), wrapped, binding);
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
        await wipeUnfinished(this.path);
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

function stamp(stats: { dev: bigint; ino: bigint; mtimeNs: bigint; ctimeNs: bigint; size: bigint }): string {
  return `${stats.dev}:${stats.ino}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.size}`;
}
