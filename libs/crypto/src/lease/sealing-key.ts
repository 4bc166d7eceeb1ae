import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { CryptoError } from '../crypto-error.js';
import { fromBase64url } from '../encoding/base64url.js';
import { type LeaseKeyPair, leaseKeyThumbprint } from './sealed-lease.js';

const KEY_BYTES = 32;

/** A key pair that outlives the process, as text: 32 bytes of X25519 each, in base64url. */
export interface StoredSealingKey {
  readonly publicKey: string;
  /** The private half, a space, the public half: one line of a file that one service may read. */
  readonly line: string;
}

/** A new X25519 key pair to seal to. */
export function generateSealingKey(): StoredSealingKey {
  const { d, x } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return { publicKey: x!, line: `${d!} ${x!}` };
}

/** Reads a line of {@link StoredSealingKey}; the private half cannot be exported again. Throws `key-file-invalid`. */
export async function importSealingKey(line: string): Promise<LeaseKeyPair> {
  const [d = '', x = '', ...others] = line.split(' ');
  if (others.length > 0 || [d, x].some((half) => fromBase64url(half)?.length !== KEY_BYTES)) throw invalid();
  try {
    const jwk = { kty: 'OKP', crv: 'X25519', x };
    const [privateKey, publicKey] = await Promise.all([
      webcrypto.subtle.importKey('jwk', { ...jwk, d }, 'X25519', false, ['deriveBits']),
      webcrypto.subtle.importKey('jwk', jwk, 'X25519', true, []),
    ]);
    return { publicKey: x, thumbprint: leaseKeyThumbprint(x), keys: { privateKey, publicKey } };
  } catch {
    // The engine's message may quote the key.
    throw invalid();
  }
}

function invalid(): CryptoError {
  return new CryptoError('key-file-invalid', 'Not an X25519 key pair');
}
