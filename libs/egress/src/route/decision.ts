import type { AddressScope } from '../address/address-policy.js';
import type { HostKind } from '../address/host.js';
import type { EgressCode } from '../problems.js';

/** Who is called: an entry of the register of sub-processors, or a system that a customer connected. */
export interface Recipient {
  readonly kind: 'sub-processor' | 'customer-connection';
  /** Register key or connection id; it stands in records instead of the host. */
  readonly id: string;
  /** Region of a customer's system when it is known; undefined means inside this region. The register knows the others'. */
  readonly region?: string;
}

/** One intended call: why, which data, to whom. */
export interface EgressIntent {
  /** A purpose of the charter's vocabulary. */
  readonly purpose: string;
  /** Every category of data in the call, from the charter's vocabulary; empty when it carries none. */
  readonly categories: readonly string[];
  readonly recipient: Recipient;
  /** The consent under which the call happens, where its purpose needs one. */
  readonly consentId?: string;
}

/** An {@link EgressIntent} and where it goes. */
export interface EgressRequest extends EgressIntent {
  /** A plain host name or IP address. */
  readonly host: string;
  /** TCP port, 1 to 65535. */
  readonly port: number;
}

/** The guard's answer. It is good for one connection made now; keep it no longer. */
export interface EgressDecision {
  readonly id: string;
  readonly at: Date;
  readonly allowed: boolean;
  /** Why it is refused; undefined when it is allowed. */
  readonly code?: EgressCode;
  /** The host as the guard read it: the name to check a certificate against, never a name to resolve again. */
  readonly host: string;
  readonly port: number;
  /** The first of {@link addresses}; connect to this. Undefined when refused. */
  readonly address?: string;
  /** All addresses of the host, each one judged; empty when refused. */
  readonly addresses: readonly string[];
  /** Where the addresses lie; `public` when any of them is. Undefined when refused. */
  readonly scope?: AddressScope;
}

/**
 * What is kept of a decision. It names no host and no address: a customer's host names are its configuration, and the
 * recipient's id leads to them for whoever may read that. A keyed digest of the host would say no more and would need
 * a key to guard, so there is none.
 */
export interface EgressRecord {
  readonly id: string;
  /** Instant of the decision, UTC. */
  readonly at: string;
  /** Region that decided. */
  readonly region: string;
  readonly allowed: boolean;
  readonly code?: EgressCode;
  readonly purpose: string;
  readonly categories: readonly string[];
  readonly recipientKind: string;
  readonly recipientId: string;
  readonly consentId?: string;
  /** Undefined when the host was not readable. */
  readonly hostKind?: HostKind;
  readonly scope?: AddressScope;
  readonly port: number;
}

/** Vocabulary words and ids; whatever else a caller passes is recorded as `unlisted`, since it could hold anything. */
const WORD = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

export function recordOf(
  request: EgressRequest,
  decision: EgressDecision,
  region: string,
  hostKind: HostKind | undefined,
): EgressRecord {
  const { id, at, allowed, code, scope, port } = decision;
  return {
    id,
    at: at.toISOString(),
    region,
    allowed,
    code,
    purpose: word(request.purpose),
    categories: request.categories.map(word),
    recipientKind: word(request.recipient.kind),
    recipientId: word(request.recipient.id),
    consentId: request.consentId === undefined ? undefined : word(request.consentId),
    hostKind,
    scope,
    port,
  };
}

function word(text: string): string {
  return WORD.test(text) ? text : 'unlisted';
}
