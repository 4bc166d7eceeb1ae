import { randomFillSync } from 'node:crypto';
import { CryptoError } from '../crypto-error.js';
import { AES_KEY_BYTES, decrypt, encrypt, GCM_NONCE_BYTES } from '../encoding/aead.js';
import { canonicalBytes, contextBytes, type SealContext } from '../encoding/canonical-bytes.js';
import { assertKeyName, type KeyProvider } from '../key-provider/key-provider.js';
import {
  ENVELOPE_ALGORITHM,
  ENVELOPE_FORMAT,
  type EnvelopeHeader,
  parseEnvelopeHeader,
  writeEnvelopeHeader,
} from './envelope-header.js';
import { commitsTo, type EnvelopeKeys, envelopeKeys } from './envelope-keys.js';

const SUITE = Buffer.from([ENVELOPE_FORMAT, ENVELOPE_ALGORITHM]);

/** Which stored envelope, and what the caller knows it to be bound to. */
export interface EnvelopeRequest {
  readonly keyName: string;
  readonly context: SealContext;
  readonly envelope: Uint8Array;
}

export interface SealRequest {
  /** The key-encryption key, for instance `organizationKeyName(orgId)`. */
  readonly keyName: string;
  readonly context: SealContext;
  readonly plaintext: Uint8Array;
}

/**
 * Encrypts one secret with AES-256-GCM under a data key of its own, which the provider wraps under `keyName`. The
 * context and the key's name are bound to the payload, to the wrapped key and to the commitment in the header, so none of
 * them opens for another context; the key's version is bound to the wrapped key, which a rotation replaces.
 */
export async function sealEnvelope(provider: KeyProvider, request: SealRequest): Promise<Buffer> {
  const { keyName, plaintext } = request;
  assertKeyName(keyName);
  const context = contextBytes(request.context);
  // Drawn at once: each draw costs 2 µs.
  const drawn = randomFillSync(Buffer.alloc(AES_KEY_BYTES + GCM_NONCE_BYTES));
  const [dataKey, nonce] = [drawn.subarray(0, AES_KEY_BYTES), drawn.subarray(AES_KEY_BYTES)];
  try {
    const { keyVersion, wrapped } = await provider.wrap(keyName, dataKey, wrapBinding(context));
    const binding = payloadBinding(keyName, context, nonce);
    const { encryptionKey, commitment } = envelopeKeys(dataKey, binding);
    const header = writeEnvelopeHeader({ keyName, keyVersion, wrappedKey: wrapped, nonce, commitment });
    return Buffer.concat([header, encrypt(encryptionKey, nonce, plaintext, binding)]);
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The secret of an envelope sealed under `keyName` for exactly this context. Throws `envelope-malformed` for bytes that
 * are no envelope, `envelope-refused` for one that was changed or belongs to another key or context, and what the
 * provider throws (`key-not-found` after the key was destroyed).
 */
export async function openEnvelope(provider: KeyProvider, request: EnvelopeRequest): Promise<Buffer> {
  const header = parseEnvelopeHeader(request.envelope);
  const context = contextBytes(request.context);
  const dataKey = await unwrapDataKey(provider, request.keyName, header, context);
  try {
    const binding = payloadBinding(header.keyName, context, header.nonce);
    const { encryptionKey } = committedKeys(dataKey, binding, header);
    const plaintext = decrypt(encryptionKey, header.nonce, request.envelope.subarray(header.payloadOffset), binding);
    if (!plaintext) throw refused();
    return plaintext;
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The same envelope with its data key wrapped anew, under the key's current version and for whoever holds the key now; the
 * payload is copied untouched, and its commitment is checked first. Used after a rotation.
 */
export async function rewrapEnvelope(provider: KeyProvider, request: EnvelopeRequest): Promise<Buffer> {
  const header = parseEnvelopeHeader(request.envelope);
  const envelope = Buffer.from(request.envelope);
  const context = contextBytes(request.context);
  const dataKey = await unwrapDataKey(provider, request.keyName, header, context);
  try {
    const { keyName, nonce, commitment } = header;
    committedKeys(dataKey, payloadBinding(keyName, context, nonce), header);
    const { keyVersion, wrapped } = await provider.wrap(keyName, dataKey, wrapBinding(context));
    const rewritten = writeEnvelopeHeader({ keyName, keyVersion, wrappedKey: wrapped, nonce, commitment });
    return Buffer.concat([rewritten, envelope.subarray(header.payloadOffset)]);
  } finally {
    dataKey.fill(0);
  }
}

/** The caller names the key, not the envelope: stored bytes must not choose whose key is used. */
async function unwrapDataKey(
  provider: KeyProvider,
  keyName: string,
  header: EnvelopeHeader,
  context: Buffer,
): Promise<Buffer> {
  assertKeyName(keyName);
  if (header.keyName !== keyName) throw refused();
  const wrapped = { keyVersion: header.keyVersion, wrapped: header.wrappedKey };
  try {
    const dataKey = await provider.unwrap(keyName, wrapped, wrapBinding(context));
    if (dataKey.length !== AES_KEY_BYTES) throw refused();
    return dataKey;
  } catch (error) {
    if (error instanceof CryptoError && error.code === 'wrap-refused') throw refused(error);
    throw error;
  }
}

/** The keys of an envelope whose header commits to exactly this data key; decides before anything is decrypted. */
function committedKeys(dataKey: Buffer, binding: Buffer, header: EnvelopeHeader): EnvelopeKeys {
  const keys = envelopeKeys(dataKey, binding);
  if (!commitsTo(keys, header.commitment)) throw refused();
  return keys;
}

function wrapBinding(context: Buffer): Buffer {
  return canonicalBytes(['millrace/envelope/data-key/v2', context]);
}

/** Leaves out key version and wrapped key, which a rotation replaces; the provider authenticates those. */
function payloadBinding(keyName: string, context: Buffer, nonce: Uint8Array): Buffer {
  return canonicalBytes(['millrace/envelope/payload/v2', SUITE, keyName, context, nonce]);
}

function refused(cause?: unknown): CryptoError {
  return new CryptoError('envelope-refused', 'The envelope was changed or belongs to another key or context', {
    cause,
  });
}
