import { Problem } from '@millrace/kernel';
import { EGRESS_PROBLEMS } from '../problems.js';
import type { EgressDecision, EgressIntent, EgressRequest } from '../route/decision.js';
import { connectPinned } from './connect.js';
import { Deadline } from './deadline.js';
import { exchange, type HttpAnswer, type HttpMethod, type HttpRequest } from './http-exchange.js';
import { isRedirect, redirected } from './redirect.js';
import type { TlsOptions } from './tls.js';
import { isSecure, parseUrl, portOf } from './url.js';

/** Default time for a whole exchange, redirects included. */
const FETCH_TIMEOUT_MS = 30_000;
/** Default size of an answer's body: enough for any token, webhook or page of an interface. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Most redirects that may be asked for; the Fetch standard stops at 20, interfaces never need more than a few. */
const MAX_REDIRECTS = 5;

export interface FetchInit {
  /** Default `GET`. */
  readonly method?: HttpMethod;
  /** Header names are case-insensitive. `host`, `connection`, lengths and encodings are the guard's own. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Trust and version for https. The name asked for is always the URL's. */
  readonly tls?: Pick<TlsOptions, 'ca' | 'minVersion' | 'cert' | 'key'>;
  /** How many redirects to follow, at most 5. Default 0: a redirect is an answer like any other. */
  readonly redirects?: number;
  /** Milliseconds for everything together. Default 30 s. */
  readonly timeoutMs?: number;
  /** Largest body that is read. Default 1 MiB. */
  readonly maxAnswerBytes?: number;
  readonly signal?: AbortSignal;
}

export interface GuardedResponse extends HttpAnswer {
  /** Ids of the decisions behind this answer: one, and one more for each redirect followed. */
  readonly decisionIds: readonly string[];
}

/** Which permitted addresses a call may reach: any of them, or those in listed networks only. */
export type Reach = 'any' | 'listed';

type Permit = (request: EgressRequest, reach: Reach, deadline: Deadline) => Promise<EgressDecision>;

/** See `EgressGuard.fetch`. Each hop is a decision and a connection of its own. */
export async function fetchGuarded(
  permit: Permit,
  intent: EgressIntent,
  address: string | URL,
  init: FetchInit,
): Promise<GuardedResponse> {
  using deadline = new Deadline(init.timeoutMs ?? FETCH_TIMEOUT_MS, init.signal);
  const hops = Math.min(init.redirects ?? 0, MAX_REDIRECTS);
  const decisionIds: string[] = [];
  let request: HttpRequest = {
    url: parseUrl(address),
    method: init.method ?? 'GET',
    headers: lowerCased(init.headers ?? {}),
    body: init.body,
  };
  for (let hop = 0; ; hop += 1) {
    const target = { ...intent, host: request.url.hostname, port: portOf(request.url) };
    const decision = await permit(target, isSecure(request.url) ? 'any' : 'listed', deadline);
    decisionIds.push(decision.id);
    const answer = await send(decision, request, init, deadline);
    if (hops === 0 || !isRedirect(answer)) return { ...answer, decisionIds };
    if (hop === hops) throw new Problem(EGRESS_PROBLEMS['egress.redirect-refused']);
    request = redirected(request, answer);
  }
}

async function send(
  decision: EgressDecision,
  request: HttpRequest,
  init: FetchInit,
  deadline: Deadline,
): Promise<HttpAnswer> {
  const tls: TlsOptions | undefined = isSecure(request.url) ? { ...init.tls, alpn: ['http/1.1'] } : undefined;
  const socket = await connectPinned(decision, tls, deadline);
  return exchange(socket, request, init.maxAnswerBytes ?? MAX_ANSWER_BYTES, deadline);
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
