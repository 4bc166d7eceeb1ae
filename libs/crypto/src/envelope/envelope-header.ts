import { GCM_NONCE_BYTES, GCM_TAG_BYTES } from '../encoding/aead.js';
import { CryptoError } from '../crypto-error.js';
import { COMMITMENT_BYTES } from './envelope-keys.js';
import { isKeyName, MAX_WRAPPED_BYTES } from '../key-provider/key-provider.js';

/*
 * magic "MLRE" | format u8 | algorithm u8 | key name: u8 length, ASCII | key version u32 |
 * wrapped data key: u16 length, bytes | nonce 12 bytes | key commitment 32 bytes | ciphertext | tag 16 bytes
 *                                                                                      (integers big-endian)
 */
const MAGIC = Buffer.from('MLRE', 'latin1');
export const ENVELOPE_FORMAT = 2;
/**
 * Algorithm id 1: AES-256-GCM, 96-bit random nonce, 128-bit tag, a fresh 256-bit data key per envelope from which
 * encryption key and commitment are derived by HKDF-Expand with SHA-512.
 */
export const ENVELOPE_ALGORITHM = 1;
const FIXED_BYTES = MAGIC.length + 3;

/** What an envelope says about itself without any key: enough to prove how every stored secret is encrypted. */
export interface EnvelopeHeader {
  readonly format: 2;
  readonly algorithm: 'AES-256-GCM';
  readonly keyBits: 256;
  readonly nonceBits: 96;
  readonly tagBits: 128;
  readonly keyName: string;
  readonly keyVersion: number;
  readonly wrappedKey: Buffer;
  readonly nonce: Buffer;
  /** Follows from the data key, the nonce and the context: the envelope opens under no other key. */
  readonly commitment: Buffer;
  /** Where the ciphertext starts; the tag is the last 16 bytes. */
  readonly payloadOffset: number;
  /** Length of the plaintext (GCM does not pad). */
  readonly plaintextBytes: number;
}

/** Reads an envelope's header. Throws `envelope-malformed` unless it is AES-256-GCM in a known format, to the byte. */
export function parseEnvelopeHeader(envelope: Uint8Array): EnvelopeHeader {
  const bytes = Buffer.from(envelope.buffer, envelope.byteOffset, envelope.byteLength);
  if (bytes.length < FIXED_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw malformed('no envelope');
  if (bytes[4] !== ENVELOPE_FORMAT) throw malformed('an unknown format');
  if (bytes[5] !== ENVELOPE_ALGORITHM) throw malformed('an unknown algorithm');
  const versionAt = FIXED_BYTES + bytes[6]!;
  if (bytes.length < versionAt + 6) throw malformed('cut short');
  const keyName = bytes.toString('latin1', FIXED_BYTES, versionAt);
  const keyVersion = bytes.readUInt32BE(versionAt);
  const wrappedBytes = bytes.readUInt16BE(versionAt + 4);
  const wrappedAt = versionAt + 6;
  const nonceAt = wrappedAt + wrappedBytes;
  const commitmentAt = nonceAt + GCM_NONCE_BYTES;
  const payloadOffset = commitmentAt + COMMITMENT_BYTES;
  if (!isKeyName(keyName) || keyVersion === 0) throw malformed('an invalid key reference');
  if (wrappedBytes === 0 || wrappedBytes > MAX_WRAPPED_BYTES) throw malformed('an invalid wrapped key');
  if (bytes.length < payloadOffset + GCM_TAG_BYTES) throw malformed('cut short');
  return {
    format: ENVELOPE_FORMAT,
    algorithm: 'AES-256-GCM',
    keyBits: 256,
    nonceBits: 96,
    tagBits: 128,
    keyName,
    keyVersion,
    wrappedKey: bytes.subarray(wrappedAt, nonceAt),
    nonce: bytes.subarray(nonceAt, commitmentAt),
    commitment: bytes.subarray(commitmentAt, payloadOffset),
    payloadOffset,
    plaintextBytes: bytes.length - payloadOffset - GCM_TAG_BYTES,
  };
}

/** The header's bytes up to and including the commitment. */
export function writeEnvelopeHeader(
  header: Pick<EnvelopeHeader, 'keyName' | 'keyVersion' | 'wrappedKey' | 'nonce' | 'commitment'>,
): Buffer {
  const { keyName, keyVersion, wrappedKey, nonce, commitment } = header;
  if (wrappedKey.length === 0 || wrappedKey.length > MAX_WRAPPED_BYTES) throw malformed('an invalid wrapped key');
  const name = Buffer.from(keyName, 'latin1');
  const numbers = Buffer.alloc(6);
  numbers.writeUInt32BE(keyVersion, 0);
  numbers.writeUInt16BE(wrappedKey.length, 4);
  const fixed = Buffer.from([ENVELOPE_FORMAT, ENVELOPE_ALGORITHM, name.length]);
  return Buffer.concat([MAGIC, fixed, name, numbers, wrappedKey, nonce, commitment]);
}

function malformed(what: string): CryptoError {
  return new CryptoError('envelope-malformed', `Not a readable envelope: ${what}`);
}
