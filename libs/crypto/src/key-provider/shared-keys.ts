import { randomBytes } from 'node:crypto';
import { CryptoError, isCryptoError } from '../crypto-error.js';
import type { KeyProvider, WrappedKey } from './key-provider.js';

/** Somebody else who keeps one key, and without whom nothing under it can be opened. */
export type SecondHolder = Pick<KeyProvider, 'wrap' | 'unwrap'> & { readonly keyName: string };

/** Who the second holder of a key is, if it has one. */
export interface SecondHolders {
  /** Whose part new data keys get; undefined where the region alone keeps the key. */
  toWrapWith(keyName: string): Promise<SecondHolder | undefined>;
  /** Whose part data keys have that were wrapped for two. */
  toUnwrapWith(keyName: string): Promise<SecondHolder | undefined>;
}

/*
 * magic 8 bytes | our part: u16 length, bytes | their key's version u32 | their part, to the end   (integers big-endian)
 *
 * Eight bytes, since what other providers wrap may begin with any.
 */
const MAGIC = Buffer.from('MLRSHARE', 'latin1');

/**
 * Keys that have a second holder: a data key is the XOR of two random parts, of which the region's provider wraps one and
 * the second holder the other. Neither of them learns anything of it without the other, and each part is bound to what the
 * data key is bound to. Keys without a second holder are the region's as they are.
 *
 * What the second holder refuses or does not answer rejects with `key-holder-refused` and `key-holder-unavailable`.
 */
export class SharedKeys implements KeyProvider {
  readonly createKey: KeyProvider['createKey'];
  readonly rotateKey: KeyProvider['rotateKey'];
  readonly setMinimumDecryptionVersion: KeyProvider['setMinimumDecryptionVersion'];
  readonly destroyKey: KeyProvider['destroyKey'];
  readonly describeKey: KeyProvider['describeKey'];
  readonly listKeys: KeyProvider['listKeys'];

  constructor(
    private readonly region: KeyProvider,
    private readonly holders: SecondHolders,
  ) {
    this.createKey = region.createKey.bind(region);
    this.rotateKey = region.rotateKey.bind(region);
    this.setMinimumDecryptionVersion = region.setMinimumDecryptionVersion.bind(region);
    this.destroyKey = region.destroyKey.bind(region);
    this.describeKey = region.describeKey.bind(region);
    this.listKeys = region.listKeys.bind(region);
  }

  async wrap(keyName: string, dataKey: Uint8Array, binding: Uint8Array): Promise<WrappedKey> {
    const holder = await this.holders.toWrapWith(keyName);
    if (!holder) return this.region.wrap(keyName, dataKey, binding);
    const ours = randomBytes(dataKey.length);
    const theirs = xor(dataKey, ours);
    try {
      const [own, other] = await Promise.all([
        this.region.wrap(keyName, ours, binding),
        asked(holder.wrap(holder.keyName, theirs, binding)),
      ]);
      return { keyVersion: own.keyVersion, wrapped: joined(own.wrapped, other) };
    } finally {
      ours.fill(0);
      theirs.fill(0);
    }
  }

  async unwrap(keyName: string, { keyVersion, wrapped }: WrappedKey, binding: Uint8Array): Promise<Buffer> {
    if (!isForTwo(wrapped)) return this.region.unwrap(keyName, { keyVersion, wrapped }, binding);
    const holder = await this.holders.toUnwrapWith(keyName);
    if (!holder) throw new CryptoError('key-holder-refused', 'The second holder of this key is not known any more');
    const { own, other } = parted(wrapped);
    const [ours, theirs] = await Promise.all([
      this.region.unwrap(keyName, { keyVersion, wrapped: own }, binding),
      asked(holder.unwrap(holder.keyName, other, binding)),
    ]);
    try {
      if (ours.length !== theirs.length) throw changed();
      return xor(ours, theirs);
    } finally {
      ours.fill(0);
      theirs.fill(0);
    }
  }
}

/** Whether a wrapped data key has a part of a second holder. */
export function isForTwo(wrapped: Uint8Array): boolean {
  return wrapped.length > MAGIC.length && MAGIC.equals(wrapped.subarray(0, MAGIC.length));
}

function joined(own: Buffer, other: WrappedKey): Buffer {
  const [length, version] = [Buffer.alloc(2), Buffer.alloc(4)];
  length.writeUInt16BE(own.length);
  version.writeUInt32BE(other.keyVersion);
  return Buffer.concat([MAGIC, length, own, version, other.wrapped]);
}

function parted(wrapped: Buffer): { own: Buffer; other: WrappedKey } {
  const ownAt = MAGIC.length + 2;
  const versionAt = wrapped.length < ownAt ? Infinity : ownAt + wrapped.readUInt16BE(MAGIC.length);
  if (wrapped.length <= versionAt + 4) throw changed();
  return {
    own: wrapped.subarray(ownAt, versionAt),
    other: { keyVersion: wrapped.readUInt32BE(versionAt), wrapped: wrapped.subarray(versionAt + 4) },
  };
}

/** Tells what the second holder answers from what the region's own provider does. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    // A part that was changed is no word of the holder's about whether it wants to.
    if (!isCryptoError(cause) || cause.code === 'wrap-refused') throw cause;
    throw cause.code === 'key-provider-unavailable'
      ? new CryptoError('key-holder-unavailable', 'The second holder of the key does not answer', { cause })
      : new CryptoError('key-holder-refused', `The second holder of the key refuses: ${cause.message}`, { cause });
  }
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ b[index]!));
}

const changed = () =>
  new CryptoError('wrap-refused', 'The wrapped key was changed or belongs to another key or binding');
