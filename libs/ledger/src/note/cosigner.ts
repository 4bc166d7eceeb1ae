import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { Clock } from '@millrace/kernel';
import {
  COSIGNATURE_V1,
  cosignedMessage,
  formatVerifierKey,
  keyHashOf,
  type NoteSigner,
  rawPublicKey,
} from './note-key.js';

/**
 * A signer for another log's checkpoints, as regions do for one another: a C2SP `cosignature/v1` with the time at which
 * the checkpoint was seen and found consistent with the one before. Sign only after checking consistency.
 */
export function cosigner(name: string, privateKey: KeyObject, clock: Clock): NoteSigner {
  const publicKey = rawPublicKey(createPublicKey(privateKey));
  return {
    name,
    keyHash: keyHashOf(name, COSIGNATURE_V1, publicKey),
    verifierKey: formatVerifierKey(name, COSIGNATURE_V1, publicKey),
    sign: (text) => {
      const time = BigInt(Math.floor(clock.now().getTime() / 1000));
      const stamp = Buffer.alloc(8);
      stamp.writeBigUInt64BE(time);
      return Buffer.concat([stamp, sign(null, cosignedMessage(text, time), privateKey)]);
    },
  };
}
