import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** Where a permitted address lies: on the public Internet, or in a network that the operator listed. */
export type AddressScope = 'public' | 'listed';

/** Addresses under which clouds hand out credentials; named apart because listing 169.254.0.0/16 must not open them. */
const METADATA_ADDRESSES = [
  '169.254.169.254', // AWS, Azure, Google, DigitalOcean, OpenStack
  '169.254.170.2', // AWS ECS task credentials
  '169.254.170.23', // AWS EKS pod identity
  '100.100.100.200', // Alibaba Cloud
  '192.0.0.192', // Oracle Cloud
  '168.63.129.16', // Azure wire server (a public range)
  'fd00:ec2::254', // AWS over IPv6
  'fd00:ec2::23', // AWS EKS pod identity over IPv6
  'fd20:ce::254', // Google over IPv6
] as const;

/** RFC 4291 §2.4 and the IANA registry: only this block of IPv6 is handed out for global unicast. */
const GLOBAL_IPV6: Network = [ipaddr.parse('2000::'), 3];

/** IPv6 ranges whose last 32 bits are an IPv4 address that a gateway or the kernel will dial. */
const EMBEDDING_NETWORKS: readonly Network[] = [
  [ipaddr.parse('::ffff:0:0'), 96], // RFC 4291 IPv4-mapped
  [ipaddr.parse('::ffff:0:0:0'), 96], // RFC 2765 IPv4-translated
  [ipaddr.parse('64:ff9b::'), 96], // RFC 6052 NAT64
];

/**
 * Judges resolved addresses. Refused are all addresses that are not global unicast (private, loopback, link-local,
 * carrier-grade NAT, multicast, unspecified, reserved, documentation, tunnels) unless a listed network holds them.
 * An address that embeds an IPv4 address needs both: its own range listed, and the embedded address permitted.
 * A metadata address is permitted only when it is listed by itself (/32 or /128).
 */
export class AddressPolicy {
  readonly #listed: readonly Network[];
  readonly #metadata: ReadonlySet<string> = new Set(METADATA_ADDRESSES.map((text) => canonical(ipaddr.parse(text))));

  /** @param privateCidrs networks such as `10.20.0.0/16` or `::1/128`; throws on anything else. */
  constructor(privateCidrs: readonly string[]) {
    this.#listed = privateCidrs.map(parseNetwork);
  }

  /** The scope of a permitted address; undefined when it is refused or is no address. */
  scopeOf(text: string): AddressScope | undefined {
    if (text.includes('%') || !(ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)))
      return undefined;
    return this.#judge(ipaddr.parse(text));
  }

  #judge(address: Address): AddressScope | undefined {
    const holders = this.#listed.filter((network) => holds(network, address));
    if (this.#metadata.has(canonical(address))) {
      return holders.some(([, bits]) => bits === (isV4(address) ? 32 : 128)) ? 'listed' : undefined;
    }
    if (!isV4(address) && EMBEDDING_NETWORKS.some((network) => holds(network, address))) {
      return holders.length > 0 && this.#judge(embeddedIn(address)) ? 'listed' : undefined;
    }
    if (holders.length > 0) return 'listed';
    return isGlobal(address) ? 'public' : undefined;
  }
}

function isGlobal(address: Address): boolean {
  return address.range() === 'unicast' && (isV4(address) || holds(GLOBAL_IPV6, address));
}

function isV4(address: Address): address is ipaddr.IPv4 {
  return address.kind() === 'ipv4';
}

function embeddedIn(address: ipaddr.IPv6): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

function holds([network, bits]: Network, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits);
}

function canonical(address: Address): string {
  return address.toString();
}

function parseNetwork(text: string): Network {
  const [address = '', bits = '', ...more] = text.split('/');
  const widest = isIP(address) === 4 ? 32 : 128;
  if (more.length > 0 || !isIP(address) || address.includes('%') || !/^\d{1,3}$/.test(bits) || Number(bits) > widest) {
    throw new Error('egress.privateCidrs must hold networks such as 10.20.0.0/16 or ::1/128');
  }
  return [ipaddr.parse(address), Number(bits)];
}
