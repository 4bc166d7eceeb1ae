import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { hex } from '../encoding/read-vectors.fixture.js';
import { envelopeKeys } from './envelope-keys.js';

/** RFC 5869 appendix A.1 to A.3: HKDF with SHA-256. */
const vectors = [
  {
    ikm: '0b'.repeat(22),
    salt: '000102030405060708090a0b0c',
    info: 'f0f1f2f3f4f5f6f7f8f9',
    okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    ikm: run(0x00, 80),
    salt: run(0x60, 80),
    info: run(0xb0, 80),
    okm: 'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
  },
  {
    ikm: '0b'.repeat(22),
    salt: '',
    info: '',
    okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  },
];

/** Hexadecimal bytes counting up from `first`. */
function run(first: number, count: number): string {
  return Buffer.from(Array.from({ length: count }, (_, index) => first + index)).toString('hex');
}

describe('HKDF', () => {
  it.each(vectors)('of the platform gives $okm (RFC 5869)', ({ ikm, salt, info, okm }) => {
    const derived = hkdfSync('sha256', hex(ikm), hex(salt), hex(info), okm.length / 2);
    expect(Buffer.from(derived).toString('hex')).toBe(okm);
  });

  it.each(vectors)('expands in an envelope as it does in the platform, for info $info', ({ ikm, salt, info }) => {
    const extracted = createHmac('sha512', hex(salt)).update(hex(ikm)).digest();
    const { encryptionKey, commitment } = envelopeKeys(extracted, hex(info));
    const expected = hkdfSync('sha512', hex(ikm), hex(salt), hex(info), 64);
    expect(Buffer.concat([encryptionKey.export(), commitment])).toEqual(Buffer.from(expected));
  });
});
