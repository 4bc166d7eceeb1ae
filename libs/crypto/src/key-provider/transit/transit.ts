import { CryptoError } from '../../crypto-error.js';
import { AES_KEY_BYTES } from '../../encoding/aead.js';
import {
  assertKeyName,
  isKeyName,
  type KeyDescription,
  type KeyProvider,
  MAX_WRAPPED_BYTES,
  type WrappedKey,
} from '../key-provider.js';
import { TransitClient, type TransitAnswer } from './transit-client.js';
import { invalid, type TransitOptions } from './transit-options.js';

/** The engine's own words: AES-256-GCM with a random 96-bit nonce, and nobody, the engine's root included, takes it out. */
const KEY = { type: 'aes256-gcm96', derived: false, exportable: false, allow_plaintext_backup: false };
const CIPHERTEXT = /^vault:v([1-9]\d{0,9}):([A-Za-z0-9+/]+={0,2})$/;
const MAX_KEY_VERSION = 0xffff_ffff;
const MAX_DESCRIBED_AT_ONCE = 16;

/**
 * Key-encryption keys in the transit engine of OpenBao or HashiCorp Vault: they are made there, used there
 * and never leave it. A key may be deleted only in the moment in which Millrace destroys it, for good.
 *
 * Its policy needs `read`, `update` and `delete` on `keys/*`, `list` on `keys`, `update` on `encrypt/*` and `decrypt/*`,
 * and `read` on `config/keys` with `update` unless `disable_upsert` is set there already.
 *
 * Besides those of the port, its methods reject with `key-provider-unavailable`, `key-provider-denied` (the token) and
 * `key-provider-invalid` (an answer, a setting or a key that cannot be relied on).
 *
 * Source: https://openbao.org/api-docs/secret/transit/
 */
export class Transit implements KeyProvider {
  /** An engine of somebody else's, in which nothing but existing keys is used. */
  constructor(private readonly client: TransitClient) {}

  /**
   * Connects and sees to it that encrypting makes no keys (`disable_upsert`): a wrap that crosses the destruction of its
   * key would make it anew.
   */
  static async open(options: TransitOptions): Promise<Transit> {
    const client = await TransitClient.open(options);
    const settings = expectData(await client.request('GET', 'config/keys'));
    if (settings['disable_upsert'] !== true) {
      const changed = expectData(await client.request('POST', 'config/keys', { disable_upsert: true }));
      if (changed['disable_upsert'] !== true) throw invalid('encrypting makes keys there (disable_upsert is not set)');
    }
    return new Transit(client);
  }

  /** Two callers that make the same key at the same time may both succeed; it is one key. */
  async createKey(keyName: string): Promise<KeyDescription> {
    if (await this.describeKey(keyName)) throw new CryptoError('key-exists', 'There is a key of this name');
    expectDone(await this.client.request('POST', `keys/${keyName}`, KEY));
    return this.existing(keyName);
  }

  async rotateKey(keyName: string): Promise<KeyDescription> {
    await this.existing(keyName);
    expectDone(await this.client.request('POST', `keys/${keyName}/rotate`));
    return this.existing(keyName);
  }

  async setMinimumDecryptionVersion(keyName: string, version: number): Promise<KeyDescription> {
    assertVersion(version, await this.existing(keyName));
    expectDone(await this.client.request('POST', `keys/${keyName}/config`, { min_decryption_version: version }));
    return this.existing(keyName);
  }

  async destroyKey(keyName: string): Promise<void> {
    assertKeyName(keyName);
    const found = await this.client.request('GET', `keys/${keyName}`);
    if (found.status === 404) return;
    await this.client.request('POST', `keys/${keyName}/config`, { deletion_allowed: true });
    const deleted = await this.client.request('DELETE', `keys/${keyName}`);
    if (isDone(deleted)) return;
    const left = await this.client.request('GET', `keys/${keyName}`);
    if (left.status !== 404) throw invalid('it did not delete a key');
  }

  async describeKey(keyName: string): Promise<KeyDescription | undefined> {
    assertKeyName(keyName);
    const found = await this.client.request('GET', `keys/${keyName}`);
    return found.status === 404 ? undefined : descriptionOf(keyName, expectData(found));
  }

  async listKeys(): Promise<KeyDescription[]> {
    const listed = await this.client.request('GET', 'keys?list=true');
    if (listed.status === 404) return [];
    const names = expectData(listed)['keys'];
    if (!Array.isArray(names)) throw invalid('its list of keys is none');
    const ours = names.filter((name): name is string => typeof name === 'string' && isKeyName(name));
    const described: (KeyDescription | undefined)[] = [];
    for (let from = 0; from < ours.length; from += MAX_DESCRIBED_AT_ONCE) {
      const some = ours.slice(from, from + MAX_DESCRIBED_AT_ONCE);
      described.push(...(await Promise.all(some.map((name) => this.describeKey(name)))));
    }
    return described.filter((one) => one !== undefined);
  }

  async wrap(keyName: string, dataKey: Uint8Array, binding: Uint8Array): Promise<WrappedKey> {
    assertKeyName(keyName);
    if (dataKey.length !== AES_KEY_BYTES) throw new RangeError(`A data key has ${AES_KEY_BYTES} bytes`);
    const answer = await this.client.request('POST', `encrypt/${keyName}`, {
      plaintext: base64(dataKey),
      associated_data: base64(binding),
    });
    if (!isDone(answer)) {
      await this.existing(keyName);
      throw invalid('it does not encrypt');
    }
    return wrappedKeyOf(answer.data['ciphertext']);
  }

  async unwrap(keyName: string, { keyVersion, wrapped }: WrappedKey, binding: Uint8Array): Promise<Buffer> {
    assertKeyName(keyName);
    // Version 0 is an old spelling of version 1 there.
    if (!isVersion(keyVersion)) throw noVersion();
    const answer = await this.client.request('POST', `decrypt/${keyName}`, {
      ciphertext: `vault:v${keyVersion}:${base64(wrapped)}`,
      associated_data: base64(binding),
    });
    if (!isDone(answer)) throw await this.refusal(keyName, keyVersion);
    const { plaintext } = answer.data;
    if (typeof plaintext !== 'string') throw invalid('it decrypted to nothing');
    return Buffer.from(plaintext, 'base64');
  }

  /** Why the engine did not decrypt, from what it says about the key: its words differ between releases. */
  private async refusal(keyName: string, keyVersion: number): Promise<CryptoError> {
    const key = await this.existing(keyName);
    if (keyVersion > key.currentVersion) return noVersion();
    if (keyVersion < key.minimumDecryptionVersion)
      return new CryptoError(
        'key-version-retired',
        'This version of the key was retired and decrypts nothing any more',
      );
    return new CryptoError('wrap-refused', 'The wrapped key was changed or belongs to another key or binding');
  }

  private async existing(keyName: string): Promise<KeyDescription> {
    const described = await this.describeKey(keyName);
    if (!described) throw new CryptoError('key-not-found', 'There is no such key, or it was destroyed');
    return described;
  }
}

function descriptionOf(keyName: string, data: TransitAnswer['data']): KeyDescription {
  const unfit = Object.entries(KEY).find(([name, value]) => data[name] !== value);
  if (unfit) throw invalid(`it has a key whose ${unfit[0]} is not ${unfit[1]}`);
  const { latest_version: currentVersion, min_decryption_version: minimumDecryptionVersion } = data;
  const createdAt = (data['keys'] as Record<string, unknown> | undefined)?.[String(currentVersion)];
  if (!isVersion(currentVersion) || !isVersion(minimumDecryptionVersion) || typeof createdAt !== 'number')
    throw invalid('it does not describe a key');
  return { keyName, currentVersion, minimumDecryptionVersion, rotatedAt: new Date(createdAt * 1000) };
}

function wrappedKeyOf(ciphertext: unknown): WrappedKey {
  const [, version, bytes] = (typeof ciphertext === 'string' && CIPHERTEXT.exec(ciphertext)) || [];
  const keyVersion = Number(version);
  const wrapped = Buffer.from(bytes ?? '', 'base64');
  if (!isVersion(keyVersion) || wrapped.length === 0 || wrapped.length > MAX_WRAPPED_BYTES)
    throw invalid('it does not encrypt in a form that is known');
  return { keyVersion, wrapped };
}

function isVersion(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_KEY_VERSION;
}

function assertVersion(version: number, { currentVersion }: KeyDescription): void {
  if (!isVersion(version) || version > currentVersion) throw noVersion();
}

function noVersion(): CryptoError {
  return new CryptoError('key-version-not-found', 'The key has no such version');
}

function isDone({ status }: TransitAnswer): boolean {
  return status < 300;
}

function expectDone(answer: TransitAnswer): void {
  if (!isDone(answer)) throw invalid('it refused a change of a key');
}

function expectData(answer: TransitAnswer): TransitAnswer['data'] {
  if (answer.status !== 200) throw invalid('it has no such mount, or does not know its settings (config/keys)');
  return answer.data;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
