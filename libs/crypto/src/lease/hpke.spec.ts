import { createPrivateKey, type webcrypto } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { hex, readVectors } from '../encoding/read-vectors.fixture.js';
import { hpkeSeal } from './hpke-seal.js';
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

  it('seals to the same bytes with the ephemeral key of the RFC', () => {
    const [d, x] = [vectors.skEm, vectors.pkEm].map((text) => hex(text).toString('base64url'));
    const ephemeral = createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d, x }, format: 'jwk' });
    const [first] = vectors.encryptions;
    const message = { info: hex(vectors.info), plaintext: hex(first!.pt), additionalData: hex(first!.aad) };
    const { enc, ciphertext } = hpkeSeal(hex(vectors.pkRm), message, ephemeral);
    expect(enc.toString('hex')).toBe(vectors.enc);
    expect(ciphertext.toString('hex')).toBe(first!.ct);
  });

  it('opens with the library what we seal, with a fresh ephemeral key each time', async () => {
    const seen = new Set<string>();
    for (const plaintext of ['', 'x', 'y'.repeat(5_000)]) {
      const { enc, ciphertext } = hpkeSeal(hex(vectors.pkRm), {
        info: hex(vectors.info),
        plaintext: Buffer.from(plaintext),
      });
      const opened = await leaseSuite.open(
        { recipientKey: recipient, enc: bytes(enc.toString('hex')), info: bytes(vectors.info) },
        bytes(ciphertext.toString('hex')),
      );
      expect(Buffer.from(opened).toString()).toBe(plaintext);
      seen.add(enc.toString('hex'));
    }
    expect(seen.size).toBe(3);
  });
});
