import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aesKey, decrypt, encrypt } from './aead.js';
import { fromBase64url, toBase64url } from './base64url.js';
import { canonicalBytes, contextBytes } from './canonical-bytes.js';

const hex = (text: string) => Buffer.from(text, 'hex');
const contexts = fc.dictionary(fc.string(), fc.string(), { maxKeys: 6, noNullPrototype: true });

describe('AES-256-GCM', () => {
  /** Test case 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega), appendix B. */
  const vector = {
    key: hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
    nonce: hex('cafebabefacedbaddecaf888'),
    aad: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
    plaintext: hex(
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    ),
    sealed: hex(
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
        '76fc6ece0f4e1768cddf8853bb2d551b',
    ),
  };

  it('matches the published vector', () => {
    const key = aesKey(vector.key);
    expect(encrypt(key, vector.nonce, vector.plaintext, vector.aad)).toEqual(vector.sealed);
    expect(decrypt(key, vector.nonce, vector.sealed, vector.aad)).toEqual(vector.plaintext);
  });

  it('refuses changed data and shortened tags', () => {
    const key = aesKey(vector.key);
    expect(decrypt(key, vector.nonce, vector.sealed, Buffer.alloc(20))).toBeUndefined();
    expect(decrypt(key, vector.nonce, vector.sealed.subarray(0, -1), vector.aad)).toBeUndefined();
    expect(decrypt(key, vector.nonce, vector.sealed.subarray(0, 15), vector.aad)).toBeUndefined();
  });

  it.each([0, 16, 24, 31, 33])('takes no key of %d bytes', (length) => {
    expect(() => aesKey(Buffer.alloc(length))).toThrow('An AES-256 key has 32 bytes');
  });
});

describe('canonical bytes', () => {
  it('differ for any two different lists', () => {
    const lists = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 });
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(canonicalBytes(a).equals(canonicalBytes(b))).toBe(same);
      }),
    );
    expect(canonicalBytes(['ab', 'c']).equals(canonicalBytes(['a', 'bc']))).toBe(false);
    expect(canonicalBytes(['a', '']).equals(canonicalBytes(['a']))).toBe(false);
  });

  it('have a fixed form (test vector)', () => {
    expect(contextBytes({ b: '2', a: 'é' }).toString('hex')).toBe(
      '00000004' + '0000000161' + '00000002c3a9' + '0000000162' + '0000000132',
    );
  });

  it('do not depend on the order in which a context was written', () => {
    fc.assert(
      fc.property(contexts, (context) => {
        const reversed = Object.fromEntries(Object.entries(context).reverse());
        expect(contextBytes(reversed)).toEqual(contextBytes(context));
      }),
    );
  });

  it('refuse what two different texts could share, and what is no text', () => {
    for (const context of [{ a: '\ud800' }, { '\udfff': 'a' }, { a: undefined }, { a: 1 }]) {
      expect(() => contextBytes(context as unknown as Record<string, string>)).toThrow(
        expect.objectContaining({ code: 'context-invalid' }),
      );
    }
    const large = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, '']));
    expect(() => contextBytes(large)).toThrow('at most 32');
  });
});

describe('base64url', () => {
  it('reads what it wrote and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => expect(fromBase64url(toBase64url(bytes))).toEqual(Buffer.from(bytes))),
    );
    for (const text of ['a', 'YQ==', 'YR', 'a+b=', 'a/bb', 'Y Q', 'YQ\n']) expect(fromBase64url(text)).toBeUndefined();
  });
});
