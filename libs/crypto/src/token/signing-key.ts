import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { CryptoError } from '../crypto-error.js';
import { fromBase64url } from '../encoding/base64url.js';
import { readPrivateFile, writePrivateFile } from '../key-provider/private-file.js';

/** An Ed25519 public key and its id. */
export interface VerifyingKey {
  /** RFC 7638 thumbprint, base64url. */
  readonly keyId: string;
  readonly publicKey: KeyObject;
}

/** An Ed25519 private key: a service's own for its tokens, or a region's for its ledger. */
export interface SigningKey extends VerifyingKey {
  readonly privateKey: KeyObject;
}

export function generateSigningKey(): SigningKey {
  return signingKey(generateKeyPairSync('ed25519').privateKey);
}

/** The 32 bytes of a public key in base64url: how a service publishes it. */
export function exportVerifyingKey(key: VerifyingKey): string {
  return key.publicKey.export({ format: 'jwk' }).x!;
}

/** Reads what {@link exportVerifyingKey} wrote; throws `key-file-invalid`. */
export function importVerifyingKey(text: string): VerifyingKey {
  if (fromBase64url(text)?.length !== 32) throw new CryptoError('key-file-invalid', 'Not an Ed25519 public key');
  return verifyingKey(createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' }));
}

/** An Ed25519 signature (RFC 8032) of `message`, 64 bytes. */
export function signBytes(key: SigningKey, message: Uint8Array): Buffer {
  return sign(null, message, key.privateKey);
}

/** Writes the key as PKCS#8 PEM into a new file (0600, in a folder 0700). */
export async function saveSigningKey(path: string, key: SigningKey): Promise<void> {
  const pem = key.privateKey.export({ format: 'pem', type: 'pkcs8' });
  await writePrivateFile(path, Buffer.from(pem), { mustBeNew: true });
}

/** Puts the key in the place of another one, in one step; the old key's blocks are overwritten. */
export async function replaceSigningKey(path: string, key: SigningKey): Promise<void> {
  const pem = key.privateKey.export({ format: 'pem', type: 'pkcs8' });
  await writePrivateFile(path, Buffer.from(pem), { overwriteOld: true });
}

/** The key of a file, or undefined when there is none. Throws `key-file-permissions` or `key-file-invalid`. */
export async function loadSigningKey(path: string): Promise<SigningKey | undefined> {
  const content = await readPrivateFile(path);
  if (!content) return undefined;
  try {
    return signingKey(createPrivateKey({ key: content.bytes, format: 'pem' }));
  } catch (error) {
    if (error instanceof CryptoError) throw error;
    throw new CryptoError('key-file-invalid', 'The signing key file is damaged');
  } finally {
    content.bytes.fill(0);
  }
}

/** The key of a file, made when there is none; of several processes that start at once, all get the same key. */
export async function loadOrCreateSigningKey(path: string): Promise<SigningKey> {
  const existing = await loadSigningKey(path);
  if (existing) return existing;
  const key = generateSigningKey();
  try {
    await saveSigningKey(path, key);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await loadSigningKey(path))!;
  }
}

function signingKey(privateKey: KeyObject): SigningKey {
  return { ...verifyingKey(createPublicKey(privateKey)), privateKey };
}

function verifyingKey(publicKey: KeyObject): VerifyingKey {
  if (publicKey.asymmetricKeyType !== 'ed25519') throw new CryptoError('key-file-invalid', 'Not an Ed25519 key');
  const { x } = publicKey.export({ format: 'jwk' });
  const keyId = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
  return { keyId, publicKey };
}
