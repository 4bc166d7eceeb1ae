import { createSecretKey, type KeyObject } from 'node:crypto';
import { CryptoError } from '../crypto-error.js';
import { AES_KEY_BYTES } from '../encoding/aead.js';
import { fromBase64url, toBase64url } from '../encoding/base64url.js';
import { isKeyName } from './key-provider.js';

const FORMAT = 'millrace-keyring-2';

export interface KeyVersion {
  readonly version: number;
  readonly createdAt: Date;
  readonly key: KeyObject;
}

export interface KeyringKey {
  /** Oldest first, never empty. */
  readonly versions: KeyVersion[];
  minimumDecryptionVersion: number;
}

export type Keyring = Map<string, KeyringKey>;

/** The keyring as the bytes of its file: JSON, keys sorted by name. */
export function writeKeyring(keyring: Keyring): Buffer {
  const keys = [...keyring]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { versions, minimumDecryptionVersion }]) => ({
      name,
      minimumDecryptionVersion,
      versions: versions.map(({ version, createdAt, key }) => ({
        version,
        createdAt: createdAt.toISOString(),
        key: toBase64url(key.export()),
      })),
    }));
  return Buffer.from(`${JSON.stringify({ format: FORMAT, keys }, null, 1)}\n`);
}

/** Reads a keyring file; throws `key-file-invalid` for anything that {@link writeKeyring} would not write. */
export function readKeyring(bytes: Buffer): Keyring {
  const content = parse(bytes);
  if (!isRecord(content) || content.format !== FORMAT || !Array.isArray(content.keys)) throw invalid();
  const keyring: Keyring = new Map();
  for (const entry of content.keys as unknown[]) {
    if (!isRecord(entry) || typeof entry.name !== 'string' || !isKeyName(entry.name)) throw invalid();
    if (!Array.isArray(entry.versions) || entry.versions.length === 0 || keyring.has(entry.name)) throw invalid();
    const versions = (entry.versions as unknown[]).map(readVersion);
    const minimum = entry.minimumDecryptionVersion;
    if (typeof minimum !== 'number' || !versions.some(({ version }) => version === minimum)) throw invalid();
    keyring.set(entry.name, { versions, minimumDecryptionVersion: minimum });
  }
  return keyring;
}

function readVersion(entry: unknown, index: number): KeyVersion {
  if (!isRecord(entry) || entry.version !== index + 1) throw invalid();
  const key = typeof entry.key === 'string' ? fromBase64url(entry.key) : undefined;
  const createdAt = new Date(String(entry.createdAt));
  if (key?.length !== AES_KEY_BYTES || Number.isNaN(createdAt.getTime())) throw invalid();
  return { version: index + 1, createdAt, key: createSecretKey(key) };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // The parser's message quotes the file's content, which is keys.
    throw invalid();
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(): CryptoError {
  return new CryptoError('key-file-invalid', 'The keyring file is damaged or of another format');
}
