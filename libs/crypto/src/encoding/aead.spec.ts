import { describe, expect, it } from '@jest/globals';
import { aesKey, decrypt, encrypt } from './aead.js';
import { hex, readVectors } from './read-vectors.fixture.js';

interface Case {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly ct: string;
  readonly tag: string;
  readonly pt?: string;
}

const vectors = readVectors<Record<'encrypt' | 'decrypt' | 'refuse', Case[]>>(
  new URL('aead.vectors.json', import.meta.url),
);
const open = ({ key, iv, aad, ct, tag }: Case) => decrypt(aesKey(hex(key)), hex(iv), hex(ct + tag), hex(aad));

describe('AES-256-GCM against the vectors of NIST CAVP', () => {
  it('has cases of every length', () => {
    expect([vectors.encrypt, vectors.decrypt, vectors.refuse].map((cases) => cases.length)).toEqual([25, 25, 25]);
  });

  it.each(vectors.encrypt)('encrypts $pt', ({ key, iv, aad, ct, tag, pt }) => {
    expect(encrypt(aesKey(hex(key)), hex(iv), hex(pt!), hex(aad)).toString('hex')).toBe(ct + tag);
  });

  it.each(vectors.decrypt)('decrypts $ct', (one) => {
    expect(open(one)?.toString('hex')).toBe(one.pt);
  });

  it.each(vectors.refuse)('refuses $ct with the tag $tag', (one) => {
    expect(open(one)).toBeUndefined();
  });
});
