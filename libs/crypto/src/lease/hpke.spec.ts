import type { webcrypto } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { hex, readVectors } from '../encoding/read-vectors.fixture.js';
import { leaseSuite } from './sealed-lease.js';

interface Vectors {
  readonly info: string;
  readonly skRm: string;
  readonly pkRm: string;
  readonly skEm: string;
  readonly pkEm: string;
  readonly enc: string;
  readonly encryptions: readonly { aad: string; ct: string; pt: string }[];
}

const vectors = readVectors<Vectors>(new URL('hpke.vectors.json', import.meta.url));
const bytes = (text: string) => new Uint8Array(hex(text)).buffer;

async function pairOf(privateKey: string, publicKey: string): Promise<webcrypto.CryptoKeyPair> {
  return {
    privateKey: await leaseSuite.kem.deserializePrivateKey(bytes(privateKey)),
    publicKey: await leaseSuite.kem.deserializePublicKey(bytes(publicKey)),
  };
}

describe('the HPKE suite of leases against the vectors of RFC 9180', () => {
  let recipient: webcrypto.CryptoKeyPair;
  beforeAll(async () => {
    recipient = await pairOf(vectors.skRm, vectors.pkRm);
  });

  it('opens what the RFC sealed', async () => {
    const context = await leaseSuite.createRecipientContext({
      recipientKey: recipient,
      enc: bytes(vectors.enc),
      info: bytes(vectors.info),
    });
    for (const { aad, ct, pt } of vectors.encryptions) {
      expect(Buffer.from(await context.open(bytes(ct), bytes(aad))).toString('hex')).toBe(pt);
    }
  });

  it('seals to the same bytes with the ephemeral key of the RFC', async () => {
    const context = await leaseSuite.createSenderContext({
      recipientPublicKey: recipient.publicKey,
      info: bytes(vectors.info),
      ekm: await pairOf(vectors.skEm, vectors.pkEm),
    });
    expect(Buffer.from(context.enc).toString('hex')).toBe(vectors.enc);
    for (const { aad, ct, pt } of vectors.encryptions) {
      expect(Buffer.from(await context.seal(bytes(pt), bytes(aad))).toString('hex')).toBe(ct);
    }
  });
});
