import { type Clock, systemClock } from '@millrace/kernel';
import { assertKeyName, type KeyDescription, type KeyProvider, type WrappedKey } from './key-provider.js';
import type { Keyring } from './keyring-file.js';
import { changes, describe, keyOf, unwrapUnder, wrapUnder } from './keyring-wrap.js';

/** A key provider for tests: its keys, and with them everything sealed under them, are gone with the process. */
export class MemoryKeyring implements KeyProvider {
  constructor(
    private readonly clock: Clock = systemClock,
    private readonly keyring: Keyring = new Map(),
  ) {}

  async createKey(keyName: string): Promise<KeyDescription> {
    assertKeyName(keyName);
    return changes.create(this.keyring, keyName, this.clock);
  }

  async rotateKey(keyName: string): Promise<KeyDescription> {
    assertKeyName(keyName);
    return changes.rotate(this.keyring, keyName, this.clock);
  }

  async setMinimumDecryptionVersion(keyName: string, version: number): Promise<KeyDescription> {
    assertKeyName(keyName);
    return changes.setMinimum(this.keyring, keyName, version);
  }

  async destroyKey(keyName: string): Promise<void> {
    assertKeyName(keyName);
    this.keyring.delete(keyName);
  }

  async describeKey(keyName: string): Promise<KeyDescription | undefined> {
    assertKeyName(keyName);
    const key = this.keyring.get(keyName);
    return key && describe(keyName, key);
  }

  async listKeys(): Promise<KeyDescription[]> {
    return [...this.keyring].map(([keyName, key]) => describe(keyName, key));
  }

  async wrap(keyName: string, dataKey: Uint8Array, binding: Uint8Array): Promise<WrappedKey> {
    assertKeyName(keyName);
    return wrapUnder(keyName, keyOf(this.keyring, keyName), dataKey, binding);
  }

  async unwrap(keyName: string, wrapped: WrappedKey, binding: Uint8Array): Promise<Buffer> {
    assertKeyName(keyName);
    return unwrapUnder(keyName, keyOf(this.keyring, keyName), wrapped, binding);
  }
}
