import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AddressPolicy } from './address-policy.js';

const strict = new AddressPolicy([]);

describe('AddressPolicy', () => {
  it.each(['8.8.8.8', '1.1.1.1', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
    'permits the public address %s',
    (address) => expect(strict.scopeOf(address)).toBe('public'),
  );

  it.each([
    ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
    ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1', 'fec0::1'],
    ['link-local', '169.254.0.1', 'fe80::1', 'febf::1'],
    ['carrier-grade NAT', '100.64.0.1', '100.127.255.255'],
    ['multicast and broadcast', '224.0.0.1', '239.255.255.250', '255.255.255.255', 'ff02::1'],
    ['unspecified', '0.0.0.0', '0.1.2.3', '::'],
    [
      'reserved and documentation',
      '192.0.0.8',
      '192.0.2.1',
      '198.18.0.1',
      '203.0.113.9',
      '240.0.0.1',
      '2001:db8::1',
      '3fff::1',
      '4000::1',
    ],
    ['IPv4-mapped and -compatible', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:0:7f00:1', '::127.0.0.1', '::7f00:1'],
    [
      'NAT64 and tunnels',
      '64:ff9b::7f00:1',
      '64:ff9b::808:808',
      '64:ff9b:1::7f00:1',
      '2002:7f00:1::',
      '2001:0:7f00:1::',
    ],
    [
      'cloud metadata',
      '169.254.169.254',
      '169.254.170.2',
      '100.100.100.200',
      '168.63.129.16',
      'fd00:ec2::254',
      '192.0.0.192',
    ],
    [
      'unreadable',
      '',
      '127.1',
      '0177.0.0.1',
      '2130706433',
      '0x7f000001',
      'fe80::1%eth0',
      '::1%lo',
      'localhost',
      '8.8.8.8:80',
    ],
  ])('refuses %s', (_name, ...addresses) => {
    expect(addresses.filter((address) => strict.scopeOf(address) !== undefined)).toEqual([]);
  });

  it('permits what a listed network holds, and nothing beside it', () => {
    const policy = new AddressPolicy(['10.20.0.0/16', '127.0.0.0/8', '::1/128']);
    expect(['10.20.3.4', '127.0.0.1', '::1'].map((address) => policy.scopeOf(address))).toEqual([
      'listed',
      'listed',
      'listed',
    ]);
    expect(
      ['10.21.0.1', '::2', '::ffff:127.0.0.1', '::ffff:10.20.3.4'].map((address) => policy.scopeOf(address)),
    ).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('does not open a metadata address with a network that holds it, only by its own name', () => {
    expect(new AddressPolicy(['169.254.0.0/16', '0.0.0.0/0']).scopeOf('169.254.169.254')).toBeUndefined();
    expect(new AddressPolicy(['169.254.169.254/32']).scopeOf('169.254.169.254')).toBe('listed');
  });

  it('judges the IPv4 address behind a listed NAT64 prefix too', () => {
    const policy = new AddressPolicy(['64:ff9b::/96']);
    expect(policy.scopeOf('64:ff9b::808:808')).toBe('listed');
    expect(policy.scopeOf('64:ff9b::7f00:1')).toBeUndefined();
    expect(policy.scopeOf('64:ff9b::a9fe:a9fe')).toBeUndefined();
  });

  it.each([
    '10.0.0.0',
    '10.0.0.0/33',
    'fe80::/129',
    'localhost/8',
    '',
    '10.0/8',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    'fe80::1%lo/64',
  ])('refuses the network %j', (network) => {
    expect(() => new AddressPolicy([network])).toThrow('egress.privateCidrs');
  });

  it('agrees with plain arithmetic on private IPv4 ranges', () => {
    const blocks: readonly (readonly [number, number])[] = [
      [0x00000000, 8],
      [0x0a000000, 8],
      [0x64400000, 10],
      [0x7f000000, 8],
      [0xa9fe0000, 16],
      [0xac100000, 12],
      [0xc0a80000, 16],
      [0xe0000000, 3],
    ];
    const near = fc
      .constantFrom(...blocks)
      .chain(([base, bits]) => fc.integer({ min: -300, max: 2 ** (32 - bits) + 300 }).map((n) => (base + n) >>> 0));
    fc.assert(
      fc.property(fc.oneof(near, fc.integer({ min: 0, max: 0xffffffff })), (value) => {
        const inside = blocks.some(
          ([base, bits]) => Math.floor(value / 2 ** (32 - bits)) === Math.floor(base / 2 ** (32 - bits)),
        );
        if (inside) expect(strict.scopeOf(dotted(value))).toBeUndefined();
      }),
      { numRuns: 5_000 },
    );
  });

  it('permits no IPv6 address outside 2000::/3', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        if (strict.scopeOf(address) === 'public') expect(address.toLowerCase()).toMatch(/^[23][0-9a-f]{3}:/);
      }),
      { numRuns: 3_000 },
    );
  });
});

function dotted(value: number): string {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}
