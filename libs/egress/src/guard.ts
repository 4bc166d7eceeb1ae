import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Clock, newId, Problem } from '@millrace/kernel';
import { AddressPolicy, type AddressScope } from './address/address-policy.js';
import { type Host, parseHost } from './address/host.js';
import { type Resolver, systemResolver } from './address/resolver.js';
import { connectPinned } from './connection/connect.js';
import { type ConnectLimits, Deadline, DIAL_TIMEOUT_MS } from './connection/deadline.js';
import { fetchGuarded, type FetchInit, type GuardedResponse, type Reach } from './connection/fetch.js';
import type { TlsOptions } from './connection/tls.js';
import { EGRESS_PROBLEMS, type EgressCode } from './problems.js';
import {
  type EgressDecision,
  type EgressIntent,
  type EgressRecord,
  type EgressRequest,
  recordOf,
} from './route/decision.js';
import { assertPossible, type EgressRules, refusalOf } from './route/rules.js';

/** Longest time for resolving a name; system resolvers give up after 5 s per server by default (resolv.conf(5)). */
const RESOLVE_TIMEOUT_MS = 5_000;
/** Most addresses of one host that are judged and kept; a host with more is refused as unresolvable. */
const MAX_ADDRESSES = 64;

export interface EgressGuardOptions {
  /** Region in which this guard runs. */
  readonly region: string;
  readonly rules: EgressRules;
  /** Networks outside the public Internet that may be reached. Loopback is not among them unless listed. */
  readonly privateCidrs: readonly string[];
  /** Default {@link systemResolver}. */
  readonly resolve?: Resolver;
  /** Keeps each decision, allowed or refused, before anything is sent; when it fails, nothing is sent. */
  readonly record: (record: EgressRecord) => void | Promise<void>;
  readonly clock: Clock;
}

export interface DialOptions extends ConnectLimits {
  /** Speak TLS from the first byte. Without it the socket is plain: for protocols that upgrade, see `upgradeToTls`. */
  readonly tls?: TlsOptions;
}

/**
 * The one way out: every outbound call of a service is decided, recorded and then made here. Names are resolved once
 * and the connection goes to the addresses that were judged, so an answer that changes later changes nothing.
 */
export class EgressGuard {
  readonly #options: EgressGuardOptions;
  readonly #resolve: Resolver;
  readonly #addresses: AddressPolicy;

  /** Throws when the rules open an impossible route or a network cannot be read. */
  constructor(options: EgressGuardOptions) {
    assertPossible(options.rules);
    this.#options = options;
    this.#resolve = options.resolve ?? systemResolver;
    this.#addresses = new AddressPolicy(options.privateCidrs);
  }

  /**
   * Decides about one call and records the decision. For clients that make their own connection: they must connect to
   * `decision.address` at once and check certificates against `decision.host`. Rejects only with `egress.unrecorded`
   * and when a rule function itself fails.
   */
  async decide(request: EgressRequest, signal?: AbortSignal): Promise<EgressDecision> {
    return this.#decide(request, 'any', signal);
  }

  /**
   * Decides, then connects. The socket is the caller's to use and to destroy. Rejects with a `Problem` of
   * {@link EgressCode}, or with the reason of `options.signal` when that aborts.
   */
  async dial(request: EgressRequest, options: DialOptions & { tls: TlsOptions }): Promise<TLSSocket>;
  async dial(request: EgressRequest, options?: DialOptions): Promise<Socket>;
  async dial(request: EgressRequest, options: DialOptions = {}): Promise<Socket> {
    using deadline = new Deadline(options.timeoutMs ?? DIAL_TIMEOUT_MS, options.signal);
    const decision = await this.#permit(request, 'any', deadline);
    return await connectPinned(decision, options.tls, deadline);
  }

  /**
   * One HTTP exchange: decides, connects, sends, reads the whole answer. HTTPS, or plain HTTP inside listed networks.
   * Answers of any status resolve. Rejects like {@link dial}.
   */
  async fetch(intent: EgressIntent, url: string | URL, init: FetchInit = {}): Promise<GuardedResponse> {
    return fetchGuarded((...call) => this.#permit(...call), intent, url, init);
  }

  async #decide(request: EgressRequest, reach: Reach, signal: AbortSignal | undefined): Promise<EgressDecision> {
    const host = parseHost(request.host);
    const outcome = within(reach, await this.#judge(request, host, signal));
    const { clock, region, record } = this.#options;
    const decision: EgressDecision = {
      id: newId(clock),
      at: clock.now(),
      allowed: outcome.code === undefined,
      host: host?.text ?? '',
      port: request.port,
      address: outcome.addresses[0],
      ...outcome,
    };
    try {
      await record(recordOf(request, decision, region, host?.kind));
    } catch (cause) {
      throw new Problem(EGRESS_PROBLEMS['egress.unrecorded'], { cause });
    }
    return decision;
  }

  async #permit(request: EgressRequest, reach: Reach, deadline: Deadline): Promise<EgressDecision> {
    const decision = await deadline.race(this.#decide(request, reach, deadline.signal));
    if (decision.code) throw new Problem(EGRESS_PROBLEMS[decision.code]);
    return decision;
  }

  async #judge(request: EgressRequest, host: Host | undefined, signal: AbortSignal | undefined): Promise<Outcome> {
    const refusal = await refusalOf(request, host?.text ?? '', this.#options.rules, this.#options.region);
    if (refusal && (host || refusal !== 'egress.host-refused')) return refused(refusal);
    if (!host || !isPort(request.port)) return refused('egress.bad-host');
    const addresses = host.kind === 'name' ? await this.#addressesOf(host.text, signal) : [host.text];
    if (addresses.length === 0 || addresses.length > MAX_ADDRESSES) return refused('egress.unresolvable');
    const scopes = addresses.map((address) => this.#addresses.scopeOf(address));
    if (scopes.some((scope) => scope === undefined)) return refused('egress.private-address');
    return { addresses, scope: scopes.includes('public') ? 'public' : 'listed' };
  }

  async #addressesOf(name: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
    using deadline = new Deadline(RESOLVE_TIMEOUT_MS, signal);
    try {
      return await deadline.race(this.#resolve(name));
    } catch {
      return [];
    }
  }
}

interface Outcome {
  readonly code?: EgressCode;
  readonly addresses: readonly string[];
  readonly scope?: AddressScope;
}

/** Without TLS, nothing goes to the public Internet. */
function within(reach: Reach, outcome: Outcome): Outcome {
  return reach === 'listed' && outcome.scope === 'public' ? refused('egress.plain-refused') : outcome;
}

function refused(code: EgressCode): Outcome {
  return { code, addresses: [] };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}
