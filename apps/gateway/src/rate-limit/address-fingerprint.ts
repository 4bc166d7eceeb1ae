import { isIPv6 } from 'node:net';
import { createFieldHasher, deriveKey } from '@millrace/crypto';
import type { Secret } from '@millrace/kernel';

const DAY_LENGTH = '2026-04-22'.length;
const MAPPED = '::ffff:';
/** Groups of an IPv6 address that name a network; the rest a subscriber changes at will. */
const NETWORK_GROUPS = 4;

/** Keyed hashes of addresses under a key that changes every day (UTC), so that days cannot be joined. */
export class AddressFingerprint {
  private day = '';
  private hash: (value: string) => string = () => '';

  constructor(private readonly key: Secret<Buffer>) {}

  of(address: string, now: Date): Buffer {
    const day = now.toISOString().slice(0, DAY_LENGTH);
    if (day !== this.day) {
      this.day = day;
      this.hash = createFieldHasher(deriveKey(this.key.reveal(), `rate-limit/${day}`));
    }
    return Buffer.from(this.hash(networkOf(address)), 'hex');
  }
}

/** What counts as one visitor: an IPv4 address, or an IPv6 network of 64 bits. */
export function networkOf(address: string): string {
  if (address.startsWith(MAPPED)) return address.slice(MAPPED.length);
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0');
  return [...groups, ...zeros, ...after]
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
