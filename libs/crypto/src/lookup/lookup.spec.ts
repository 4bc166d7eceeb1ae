import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFieldHasher, deriveKey } from './field-hasher.js';
import { createLookupHash, lookupHash, normaliseEmail } from './lookup-hash.js';

const key = randomBytes(32);

describe('a field hasher', () => {
  it('gives the HMAC-SHA-256 of RFC 4231', () => {
    const vectors = [
      [
        '0b'.repeat(20),
        Buffer.from('Hi There').toString('hex'),
        'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      ],
      ['aa'.repeat(20), 'dd'.repeat(50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
      [
        '0102030405060708090a0b0c0d0e0f10111213141516171819',
        'cd'.repeat(50),
        '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
      ],
      [
        'aa'.repeat(131),
        Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First').toString('hex'),
        '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
      ],
    ] as const;
    for (const [secret, value, expected] of vectors) {
      expect(createFieldHasher(Buffer.from(secret, 'hex'))(Buffer.from(value, 'hex'))).toBe(expected);
    }
  });

  it('equals createHmac for any key and value', () => {
    const values = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ minLength: 1_300, maxLength: 1_500 }),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 200 }),
        fc.array(values, { minLength: 1 }),
        (secret, list) => {
          const hashers = [createFieldHasher(secret), createFieldHasher(secret, 'base64url')] as const;
          for (const value of list) {
            expect(hashers[0](value)).toBe(createHmac('sha256', secret).update(value).digest('hex'));
            expect(hashers[1](value)).toBe(createHmac('sha256', secret).update(value).digest('base64url'));
          }
        },
      ),
    );
  });

  it('handles values around the size of its buffer', () => {
    const hasher = createFieldHasher(key);
    for (const length of [0, 1, 1_365, 1_366, 4_096, 4_097, 100_000]) {
      for (const value of ['€'.repeat(length), Buffer.alloc(length, 7)]) {
        expect(hasher(value)).toBe(createHmac('sha256', key).update(value).digest('hex'));
      }
    }
  });

  it('keeps its key when the caller wipes it', () => {
    const own = Buffer.from(key);
    const hasher = createFieldHasher(own);
    const [short, long] = [hasher('x'), hasher('x'.repeat(5_000))];
    own.fill(0);
    expect([hasher('x'), hasher('x'.repeat(5_000))]).toEqual([short, long]);
  });

  it('takes no short key', () => {
    expect(() => createFieldHasher(Buffer.alloc(15))).toThrow('at least 16 bytes');
    expect(() => deriveKey(Buffer.alloc(15), 'x')).toThrow('at least 16 bytes');
  });
});

describe('a derived key', () => {
  it('is another one for each label and each key', () => {
    const keys = [deriveKey(key, 'a'), deriveKey(key, 'b'), deriveKey(randomBytes(32), 'a'), key];
    expect(new Set(keys.map((one) => one.toString('hex'))).size).toBe(4);
    expect(deriveKey(key, 'a')).toEqual(deriveKey(key, 'a'));
  });
});

describe('an e-mail look-up', () => {
  it.each([
    [' Jane.Doe@Example.ORG ', 'jane.doe@example.org'],
    ['ＪＡＮＥ@example.org', 'jane@example.org'],
    ['jane@BÜCHER.example', 'jane@xn--bcher-kva.example'],
    ['jane@xn--bcher-kva.example', 'jane@xn--bcher-kva.example'],
    ['jane@bu\u0308cher.example', 'jane@xn--bcher-kva.example'],
    ['JOSE\u0301@example.org', 'josé@example.org'],
    ['"a@b"@example.org', '"a@b"@example.org'],
    ['ΟΔΥΣΣΕΥΣ@example.org', 'οδυσσευσ@example.org'],
    ['οδυσσευς@example.org', 'οδυσσευσ@example.org'],
    ['no address', 'no address'],
    ['jane@', 'jane@'],
  ])('reads %j as %j', (typed, normal) => {
    expect(normaliseEmail(typed)).toBe(normal);
  });

  it('normalises once for all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.emailAddress()), (text) => {
        const once = normaliseEmail(text);
        expect(normaliseEmail(once)).toBe(once);
        expect(normaliseEmail(text.toUpperCase().toLowerCase())).toBe(normaliseEmail(text.toUpperCase()));
      }),
      { numRuns: 1_000 },
    );
  });

  it('finds the same person under one region key only', () => {
    const hash = createLookupHash(key);
    expect(hash('jane@example.org')).toMatch(/^[0-9a-f]{64}$/);
    expect(hash('jane@example.org')).toBe(lookupHash(key, 'jane@example.org'));
    expect(hash('jane@example.org')).not.toBe(lookupHash(randomBytes(32), 'jane@example.org'));
    expect(hash('jane@example.org')).not.toBe(createFieldHasher(key)('jane@example.org'));
  });
});
