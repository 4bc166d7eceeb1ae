import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { aesKey, decrypt, randomNonce } from '../encoding/aead.js';
import { canonicalBytes, contextBytes } from '../encoding/canonical-bytes.js';
import type { WrappedKey } from '../key-provider/key-provider.js';
import { MemoryKeyring } from '../key-provider/memory-keyring.js';
import { openEnvelope, rewrapEnvelope } from './envelope.js';
import { writeEnvelopeHeader } from './envelope-header.js';
import { envelopeKeys } from './envelope-keys.js';

const keyName = 'org-1';
const context = { field: 'credential.ciphertext', connectionId: 'c-1' };
const BLOCK_BYTES = 16;

/** The field of GCM (NIST SP 800-38D §6.3): 128-bit blocks, the coefficient of x^0 first. */
const BITS = 128n;
const REDUCTION = 0xe1n << 120n;

function times(x: bigint, y: bigint): bigint {
  let [product, shifted] = [0n, y];
  for (let bit = BITS - 1n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ REDUCTION : shifted >> 1n;
  }
  return product;
}

/** x^(2^128 - 2): Fermat's inverse. */
function inverse(x: bigint): bigint {
  let [result, square] = [1n << (BITS - 1n), x];
  for (let bit = 1n; bit < BITS; bit++) {
    square = times(square, square);
    result = times(result, square);
  }
  return result;
}

const numberOf = (block: Uint8Array) => BigInt(`0x${Buffer.from(block).toString('hex')}`);
const blockOf = (value: bigint) => Buffer.from(value.toString(16).padStart(32, '0'), 'hex');

function aesBlock(key: Uint8Array, block: Uint8Array): bigint {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return numberOf(cipher.update(block));
}

/** What a tag under `key` is made of, apart from one ciphertext block: tag = block · square ⊕ rest. */
function tagEquation(key: Uint8Array, nonce: Uint8Array, additionalData: Uint8Array) {
  const hashKey = aesBlock(key, Buffer.alloc(BLOCK_BYTES));
  const lengths = Buffer.alloc(BLOCK_BYTES);
  lengths.writeUInt32BE(additionalData.length * 8, 4);
  lengths.writeUInt32BE(BLOCK_BYTES * 8, 12);
  const padded = Buffer.concat([
    additionalData,
    Buffer.alloc((BLOCK_BYTES - (additionalData.length % BLOCK_BYTES)) % BLOCK_BYTES),
  ]);
  let sum = 0n;
  for (let at = 0; at < padded.length; at += BLOCK_BYTES)
    sum = times(sum ^ numberOf(padded.subarray(at, at + BLOCK_BYTES)), hashKey);
  const square = times(hashKey, hashKey);
  const mask = aesBlock(key, Buffer.concat([nonce, Buffer.from([0, 0, 0, 1])]));
  return { square, rest: times(sum, square) ^ times(numberOf(lengths), hashKey) ^ mask };
}

/** One ciphertext block with a tag that AES-GCM accepts under both keys. */
function opensUnderBoth(
  keys: readonly [Uint8Array, Uint8Array],
  nonce: Uint8Array,
  additionalData: Uint8Array,
): Buffer {
  const [a, b] = keys.map((key) => tagEquation(key, nonce, additionalData)) as [
    ReturnType<typeof tagEquation>,
    ReturnType<typeof tagEquation>,
  ];
  const block = times(a.rest ^ b.rest, inverse(a.square ^ b.square));
  return Buffer.concat([blockOf(block), blockOf(times(block, a.square) ^ a.rest)]);
}

/** A provider whose answer an attacker chooses: the data key of the one or of the other. */
class Swapping extends MemoryKeyring {
  constructor(readonly answer: Uint8Array) {
    super();
  }
  override async unwrap(_keyName: string, _wrapped: WrappedKey) {
    return Buffer.from(this.answer);
  }
}

describe('a key commitment', () => {
  const nonce = randomNonce();
  const binding = canonicalBytes([
    'millrace/envelope/payload/v2',
    Buffer.from([2, 1]),
    keyName,
    contextBytes(context),
    nonce,
  ]);
  const dataKeys = [randomBytes(32), randomBytes(32)] as const;
  const keys = dataKeys.map((key) => envelopeKeys(key, binding));
  const raw = keys.map(({ encryptionKey }) => encryptionKey.export()) as [Buffer, Buffer];
  const sealed = opensUnderBoth(raw, nonce, binding);

  it('is needed: a block can be made that AES-GCM opens under two keys', () => {
    const opened = raw.map((key) => decrypt(aesKey(key), nonce, sealed, binding));
    expect(opened).toEqual([expect.any(Buffer), expect.any(Buffer)]);
    expect(opened[0]!.equals(opened[1]!)).toBe(false);
  });

  it('lets such an envelope open under the committed key alone', async () => {
    const wrapped = { keyVersion: 1, wrappedKey: Buffer.alloc(76, 1) };
    const header = writeEnvelopeHeader({ keyName, ...wrapped, nonce, commitment: keys[0]!.commitment });
    const envelope = Buffer.concat([header, sealed]);
    const request = { keyName, context, envelope };
    expect(await openEnvelope(new Swapping(dataKeys[0]), request)).toHaveLength(BLOCK_BYTES);
    const refused = { code: 'envelope-refused' };
    await expect(openEnvelope(new Swapping(dataKeys[1]), request)).rejects.toMatchObject(refused);
    await expect(rewrapEnvelope(new Swapping(dataKeys[1]), request)).rejects.toMatchObject(refused);
  });

  it('changes with the data key, the nonce and each part of the context', () => {
    const other = (parts: Parameters<typeof canonicalBytes>[0]) => envelopeKeys(dataKeys[0], canonicalBytes(parts));
    const commitments = [keys[0]!, keys[1]!, other([nonce]), other([randomNonce()]), other([contextBytes({}), nonce])];
    expect(new Set(commitments.map(({ commitment }) => commitment.toString('hex'))).size).toBe(commitments.length);
  });
});
