import { randomBytes } from 'node:crypto';
import { aessiv } from '@noble/ciphers/aes.js';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFieldHasher } from '../lookup/field-hasher.js';
import { createFieldTokenizer, FIELD_TOKEN_PREFIX } from './field-tokenizer.js';

const key = randomBytes(32);
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('AES-SIV', () => {
  it.each([
    {
      name: 'RFC 5297 A.1, deterministic',
      key: 'fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff',
      data: ['10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627'],
      text: '11223344 55667788 99aabbcc ddee',
      sealed: '85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c',
    },
    {
      name: 'RFC 5297 A.2, with a nonce',
      key: '7f7e7d7c 7b7a7978 77767574 73727170 40414243 44454647 48494a4b 4c4d4e4f',
      data: [
        '00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 33221100',
        '10203040 50607080 90a0',
        '09f91102 9d74e35b d84156c5 635688c0',
      ],
      text: '74686973 20697320 736f6d65 20706c61 696e7465 78742074 6f20656e 63727970 74207573 696e6720 5349562d 414553',
      sealed:
        '7bdb6e3b 432667eb 06f4d14b ff2fbd0f cb900f2f ddbe4043 26601965 c889bf17 dba77ceb 094fa663 b7a3f748 ba8af829 ea64ad54 4a272e9c 485b62a3 fd5c0d',
    },
  ])('is that of $name', (vector) => {
    const cipher = () => aessiv(hex(vector.key), ...vector.data.map(hex));
    expect(Buffer.from(cipher().encrypt(hex(vector.text)))).toEqual(hex(vector.sealed));
    expect(Buffer.from(cipher().decrypt(hex(vector.sealed)))).toEqual(hex(vector.text));
  });
});

describe('a field token', () => {
  const tokenizer = createFieldTokenizer(key);

  it('gives every text back', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', maxLength: 2_000 }));
    fc.assert(fc.property(texts, (text) => expect(tokenizer.detokenize(tokenizer.tokenize(text))).toBe(text)));
    for (const text of ['', 'x', '👩‍👩‍👧', 'e\u0301', 'x'.repeat(100_000)])
      expect(tokenizer.detokenize(tokenizer.tokenize(text))).toBe(text);
  });

  it('is the same for the same text, and another for each text and key', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(tokenizer.tokenize(one) === tokenizer.tokenize(other)).toBe(one === other);
      }),
    );
    const again = createFieldTokenizer(Buffer.from(key));
    expect(again.tokenize('jane')).toBe(tokenizer.tokenize('jane'));
    expect(createFieldTokenizer(randomBytes(32)).tokenize('jane')).not.toBe(tokenizer.tokenize('jane'));
  });

  it('is recognisable, fits a URL, and shows neither the text nor its hash', () => {
    const token = tokenizer.tokenize('jane@example.org');
    expect(token).toMatch(/^mtok1_[A-Za-z0-9_-]{43}$/);
    expect(token).not.toContain(Buffer.from('jane').toString('base64url'));
    expect(token).not.toContain(createFieldHasher(key, 'base64url')('jane@example.org'));
  });

  it('of somebody else, changed or shortened is refused', () => {
    const token = tokenizer.tokenize('jane@example.org');
    const strange = [
      '',
      'jane@example.org',
      FIELD_TOKEN_PREFIX,
      FIELD_TOKEN_PREFIX + 'AAAA',
      token.slice(0, -1),
      token + 'A',
      token.replace('mtok1_', 'mtok2_'),
      ` ${token}`,
      createFieldTokenizer(randomBytes(32)).tokenize('jane@example.org'),
    ];
    for (const one of strange) expect(tokenizer.detokenize(one)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat({ max: token.length - FIELD_TOKEN_PREFIX.length - 1 }), fc.nat(61), (position, shift) => {
        const at = FIELD_TOKEN_PREFIX.length + position;
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';
        const letter = alphabet[(alphabet.indexOf(token[at]!) + shift + 1) % alphabet.length]!;
        expect(tokenizer.detokenize(token.slice(0, at) + letter + token.slice(at + 1))).toBeUndefined();
      }),
    );
  });

  it('is made although the caller wipes its key', () => {
    const own = Buffer.from(key);
    const early = createFieldTokenizer(own);
    own.fill(0);
    expect(early.tokenize('jane')).toBe(tokenizer.tokenize('jane'));
  });
});
