import { type Clock, systemClock } from '@millrace/kernel';
import { CryptoError } from '../crypto-error.js';
import { assertKeyName, type KeyDescription, type KeyProvider, type WrappedKey } from './key-provider.js';
import type { Keyring } from './keyring-file.js';
import { describe, newVersion, unwrapUnder, versionsOf, wrapUnder } from './keyring-wrap.js';

/** A key provider for tests: its keys, and with them everything sealed under them, are gone with the process. */
export class MemoryKeyring implements KeyProvider {
  constructor(
    private readonly clock: Clock = systemClock,
    private readonly keyring: Keyring = new Map(),
  ) {}

  async createKey(keyName: string): Promise<KeyDescription> {
    assertKeyName(keyName);
    if (this.keyring.has(keyName)) throw new CryptoError('key-exists', 'There is a key of this name');
    const versions = [newVersion(this.clock, 1)];
    this.keyring.set(keyName, versions);
    return describe(keyName, versions);
  }

  async rotateKey(keyName: string): Promise<KeyDescription> {
    assertKeyName(keyName);
    const versions = versionsOf(this.keyring, keyName);
    versions.push(newVersion(this.clock, versions.length + 1));
    return describe(keyName, versions);
  }

  async destroyKey(keyName: string): Promise<void> {
    assertKeyName(keyName);
    this.keyring.delete(keyName);
  }

  async describeKey(keyName: string): Promise<KeyDescription | undefined> {
    assertKeyName(keyName);
    const versions = this.keyring.get(keyName);
    return versions && describe(keyName, versions);
  }

  async listKeys(): Promise<KeyDescription[]> {
    return [...this.keyring].map(([keyName, versions]) => describe(keyName, versions));
  }

  async wrap(keyName: string, dataKey: Uint8Array, binding: Uint8Array): Promise<WrappedKey> {
    assertKeyName(keyName);
    return wrapUnder(keyName, versionsOf(this.keyring, keyName), dataKey, binding);
  }

  async unwrap(keyName: string, wrapped: WrappedKey, binding: Uint8Array): Promise<Buffer> {
    assertKeyName(keyName);
    return unwrapUnder(keyName, versionsOf(this.keyring, keyName), wrapped, binding);
  }
}
