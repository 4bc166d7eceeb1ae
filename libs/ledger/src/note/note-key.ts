import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { LedgerError } from '../ledger-error.js';
import { fromBase64 } from './base64.js';

/** Signature types of C2SP signed-note: plain Ed25519, and Ed25519 witness cosignatures with a time. */
export const ED25519 = 0x01;
export const COSIGNATURE_V1 = 0x04;

const PUBLIC_KEY_BYTES = 32;
const HASH_HEX = /^[0-9a-f]{8}$/;

/** Signs notes under a name; see C2SP signed-note. */
export interface NoteSigner {
  readonly name: string;
  /** First four bytes of SHA-256(name || "\n" || type || public key): which of a name's keys signed. */
  readonly keyHash: number;
  readonly verifierKey: string;
  /** The bytes after the key hash on the signature line. */
  sign(text: string): Buffer;
}

/** Verifies a note's signatures by one key. */
export interface NoteVerifier {
  readonly name: string;
  readonly keyHash: number;
  /** Whether `signature` (without the key hash) is this key's over `text`. */
  verify(text: string, signature: Uint8Array): boolean;
}

/** A signer for a log's own checkpoints with an Ed25519 key. `name` is the log's origin. */
export function noteSigner(name: string, privateKey: KeyObject): NoteSigner {
  const publicKey = rawPublicKey(createPublicKey(privateKey));
  const keyHash = keyHashOf(name, ED25519, publicKey);
  return {
    name,
    keyHash,
    verifierKey: formatVerifierKey(name, ED25519, publicKey),
    sign: (text) => sign(null, Buffer.from(text, 'utf8'), privateKey),
  };
}

/** The key string (`name+hash+base64`) under which others verify a log's notes: what a stranger is given. */
export function verifierKey(name: string, publicKey: KeyObject): string {
  return formatVerifierKey(name, ED25519, rawPublicKey(publicKey));
}

export function formatVerifierKey(name: string, type: number, publicKey: Uint8Array): string {
  const hash = keyHashOf(name, type, publicKey).toString(16).padStart(8, '0');
  return `${name}+${hash}+${Buffer.concat([Buffer.from([type]), publicKey]).toString('base64')}`;
}

/** Reads a verifier key string of either type; throws `key-malformed`, also when the hash is not the key's. */
export function parseVerifierKey(text: string): NoteVerifier {
  const [name, hash, ...rest] = text.split('+');
  const key = fromBase64(rest.join('+'));
  if (name === undefined || hash === undefined || !HASH_HEX.test(hash) || key?.length !== PUBLIC_KEY_BYTES + 1) {
    throw malformed('A verifier key reads name+hash+key');
  }
  const [type, publicKey] = [key[0]!, key.subarray(1)];
  if (type !== ED25519 && type !== COSIGNATURE_V1) throw malformed('The key is of an unknown type');
  const keyHash = keyHashOf(name, type, publicKey);
  if (keyHash !== parseInt(hash, 16)) throw malformed('The hash does not belong to the key');
  const keyObject = importPublicKey(publicKey);
  const check = type === ED25519 ? verifyPlain : verifyCosignature;
  return { name, keyHash, verify: (message, signature) => check(keyObject, message, signature) };
}

/** A name is not empty and has neither spaces nor "+" (C2SP signed-note). */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.length <= 255 && name.isWellFormed() && !/[\s\p{White_Space}\p{Cc}+]/u.test(name);
}

export function keyHashOf(name: string, type: number, publicKey: Uint8Array): number {
  if (!isKeyName(name)) throw malformed('A key name has no spaces and no "+"');
  const hash = createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([type]))
    .update(publicKey);
  return hash.digest().readUInt32BE(0);
}

/** What a cosignature signs: a header line, the time, and the whole note text (C2SP tlog-cosignature). */
export function cosignedMessage(text: string, time: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`, 'utf8');
}

export function rawPublicKey(publicKey: KeyObject): Buffer {
  if (publicKey.asymmetricKeyType !== 'ed25519') throw malformed('The key is not an Ed25519 key');
  return Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
}

/** The private key of a Go `note` key string (`PRIVATE+KEY+name+hash+base64`), for exchange with other tools. */
export function parseSignerKey(text: string): NoteSigner {
  const [first, second, name, hash, ...rest] = text.split('+');
  const key = fromBase64(rest.join('+'));
  if (first !== 'PRIVATE' || second !== 'KEY' || !name || key?.length !== PUBLIC_KEY_BYTES + 1 || key[0] !== ED25519) {
    throw malformed('A signer key reads PRIVATE+KEY+name+hash+key');
  }
  const seedPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([seedPrefix, key.subarray(1)]);
  const signer = noteSigner(name, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  if (signer.keyHash.toString(16).padStart(8, '0') !== hash) throw malformed('The hash does not belong to the key');
  return signer;
}

function verifyPlain(key: KeyObject, text: string, signature: Uint8Array): boolean {
  return signature.length === 64 && verify(null, Buffer.from(text, 'utf8'), key, signature);
}

function verifyCosignature(key: KeyObject, text: string, signature: Uint8Array): boolean {
  if (signature.length !== 72) return false;
  const time = Buffer.from(signature).readBigUInt64BE(0);
  return verify(null, cosignedMessage(text, time), key, signature.subarray(8));
}

function importPublicKey(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function malformed(message: string): LedgerError {
  return new LedgerError('key-malformed', message);
}
