import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FIELD_KEY, stepped } from '../mapping.fixture.js';

describe('mask', () => {
  it.each([
    [{ keepLast: 4 }, '4111111111111111', '************1111'],
    [{ keepLast: 0 }, 'abc', '***'],
    [{ keepLast: 4 }, '123', '***'],
    [{ keepLast: 3 }, '123', '***'],
    [{ keepLast: 3 }, '', ''],
    [{ keepLast: 2, with: '•' }, 'aé👩‍👩‍👧e\u0301😀', '•••e\u0301😀'],
    [{ keepLast: 1, with: '[x]' }, 'ab', '[x]b'],
  ])('%j of %j', (settings, text, result) => expect(stepped([{ mask: settings }], text)).toBe(result));

  it('never shows more than it may', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '😀'), maxLength: 12 }),
        fc.nat(12),
        (text, keepLast) => {
          const masked = stepped([{ mask: { keepLast } }], text)!;
          const shown = masked.replaceAll('*', '');
          expect([...masked]).toHaveLength([...text].length);
          expect([...shown].length).toBeLessThanOrEqual(keepLast);
          expect(text.endsWith(shown)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('hash', () => {
  it('is the HMAC-SHA-256 of the text, wherever it stands among the steps', () => {
    const expected = createHmac('sha256', FIELD_KEY).update('JÄNE').digest('hex');
    expect(stepped(['hash'], 'JÄNE')).toBe(expected);
    expect(stepped(['trim', { case: 'upper' }, 'hash'], ' jäne ')).toBe(expected);
    expect(stepped(['hash', { substring: { start: 0, length: 8 } }], 'JÄNE')).toBe(expected.slice(0, 8));
    expect(stepped(['hash'], null)).toBeNull();
  });

  it('of another kind is that of its text', () => {
    expect(stepped(['hash'], '42', 'int4')).toBe(createHmac('sha256', FIELD_KEY).update('42').digest('hex'));
  });
});

describe('tokenize', () => {
  it('is undone by detokenize, and does not depend on the kind', () => {
    const texts = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer().map(String));
    fc.assert(
      fc.property(texts, (text) => expect(stepped(['tokenize', 'detokenize'], text)).toBe(text)),
      { numRuns: 50 },
    );
    expect(stepped(['tokenize'], '42', 'int8')).toBe(stepped(['tokenize'], '42'));
    expect(stepped(['tokenize'], '42')).toMatch(/^mtok1_/);
    expect(stepped(['tokenize'], null)).toBeNull();
  });

  it('cannot be undone for what is no token of ours', () => {
    expect(stepped(['detokenize'], 'jane')).toBe('! not-a-token');
    expect(stepped(['detokenize'], 'mtok1_AAAAAAAAAAAAAAAAAAAAAAAAAAA')).toBe('! not-a-token');
    expect(stepped(['tokenize', { replace: { text: 'mtok1_', with: 'mtok1_A' } }, 'detokenize'], 'jane')).toBe(
      '! not-a-token',
    );
  });
});

describe('a network', () => {
  it.each([
    ['192.0.2.77', '192.0.2.0/24'],
    ['192.0.2.77/32', '192.0.2.0/24'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:db8:1:2:3::4', '2001:db8:1::/48'],
    ['2001:DB8:1:2::/64', '2001:db8:1::/48'],
    ['::1', '::/48'],
    ['::ffff:192.0.2.77', '192.0.2.0/24'],
    ['::ffff:192.0.2.77/128', '192.0.2.0/24'],
    [' 192.0.2.77 ', '192.0.2.0/24'],
    ['fe80::1%eth0', '! not-an-address'],
    ['192.0.2', '! not-an-address'],
    ['192.0.2.256', '! not-an-address'],
    ['3221226061', '! not-an-address'],
    ['0x7f.1', '! not-an-address'],
    ['192.0.2.7/33', '! not-an-address'],
    ['192.0.2.7/x', '! not-an-address'],
    ['192.0.2.7/24/8', '! not-an-address'],
    ['', '! not-an-address'],
  ])('of %j', (text, result) => expect(stepped([{ generalise: 'network' }], text)).toBe(result));

  it('is shared by every address in it', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(255), (address, last) => {
        const other = address.replace(/\d+$/, String(last));
        expect(stepped([{ generalise: 'network' }], other)).toBe(stepped([{ generalise: 'network' }], address));
      }),
      { numRuns: 50 },
    );
  });
});
