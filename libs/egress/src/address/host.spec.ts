import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseHost } from './host.js';

describe('parseHost', () => {
  it.each([
    ['example.com', 'name', 'example.com'],
    ['EXAMPLE.com.', 'name', 'example.com'],
    ['пример.рф', 'name', 'xn--e1afmkfd.xn--p1ai'],
    ['_dmarc.example.com', 'name', '_dmarc.example.com'],
    ['localhost', 'name', 'localhost'],
    ['192.0.2.7', 'ipv4', '192.0.2.7'],
    ['2001:DB8:0:0:0:0:0:1', 'ipv6', '2001:db8::1'],
    ['[::1]', 'ipv6', '::1'],
  ])('reads %s', (written, kind, text) => {
    expect(parseHost(written)).toEqual({ kind, text });
  });

  it.each([
    '',
    '.',
    'a..b',
    '127.1',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '2130706433',
    '127.0.0.1.',
    '127.0.0.01',
    '１２７.0.0.1',
    '1.2.3.256',
    'a.0x1',
    'fe80::1%eth0',
    '[fe80::1%25eth0]',
    '[127.0.0.1]',
    '[example.com]',
    'a b.com',
    'user@example.com',
    'user:pw@example.com',
    'example.com:5432',
    'example.com/x',
    'example.com#x',
    'example.com?x',
    '%6cocalhost',
    'a\\b.com',
    'a\u0000.com',
    'a\n.com',
    '-a.com',
    'a-.com',
    'xn--\u{10ffff}',
    `${'a'.repeat(64)}.com`,
    `${'a.'.repeat(130)}com`,
    '127。0。0。1',
    '/var/run/postgresql',
    '*.example.com',
  ])('refuses %j', (written) => {
    expect(parseHost(written)).toBeUndefined();
  });

  it('never reads an address out of something that is not written as one', () => {
    const digits = fc.constantFrom(...'0123456789abcdefx.:[]%１２７。');
    fc.assert(
      fc.property(fc.string({ unit: digits, maxLength: 24 }), (written) => {
        const host = parseHost(written);
        if (host?.kind === 'name') expect(host.text.split('.').at(-1)).not.toMatch(/^(\d+|0x[0-9a-f]*)$/);
        if (host?.kind === 'ipv4') expect(host.text).toBe(written);
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads its own answer as itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.string()), (written) => {
        const host = parseHost(written);
        if (host) expect(parseHost(host.text)).toEqual(host);
      }),
    );
  });
});
