import { isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';

/** What a host is written as: recorded instead of the host itself. */
export type HostKind = 'name' | 'ipv4' | 'ipv6';

export interface Host {
  readonly kind: HostKind;
  /** Lower case, ASCII, without trailing dot or brackets; an address in its canonical form. */
  readonly text: string;
}

/** RFC 1035 §2.3.4: 255 octets on the wire are 253 characters. */
const MAX_NAME_LENGTH = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/**
 * Reads a host as a caller wrote it; undefined when it is neither a plain name nor a plain address. Everything that
 * two parsers could read differently is refused, not repaired: short, octal, hexadecimal and full-width numbers, zone
 * ids, credentials, ports, escapes.
 */
export function parseHost(written: string): Host | undefined {
  if (written.length === 0 || written.length > MAX_NAME_LENGTH + 1) return undefined;
  const bare = /^\[[^\]]+\]$/.test(written) ? written.slice(1, -1) : written;
  if (isIP(bare) && !bare.includes('%')) {
    if (bare !== written && isIPv4(bare)) return undefined;
    return { kind: isIPv4(bare) ? 'ipv4' : 'ipv6', text: ipaddr.parse(bare).toString() };
  }
  return bare === written ? parseName(written) : undefined;
}

function parseName(written: string): Host | undefined {
  if (/[\s%:/?#@[\]\\]/.test(written)) return undefined;
  // Answers with an address, or with nothing, when the last label is a number in any base: resolvers would read one.
  const ascii = domainToASCII(written).toLowerCase();
  const text = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  const labels = text.split('.');
  if (text.length > MAX_NAME_LENGTH || isIP(text) || !labels.every((label) => LABEL.test(label))) return undefined;
  return { kind: 'name', text };
}
