export { type AddressScope, AddressPolicy } from './address/address-policy.js';
export { type Host, type HostKind, parseHost } from './address/host.js';
export { type Resolver, systemResolver } from './address/resolver.js';
export type { ConnectLimits } from './connection/deadline.js';
export type { FetchInit, GuardedResponse } from './connection/fetch.js';
export { responseOf } from './connection/response.js';
export type { HttpAnswer, HttpMethod } from './connection/http-exchange.js';
export { type TlsOptions, upgradeToTls } from './connection/tls.js';
export { type DialOptions, EgressGuard, type EgressGuardOptions } from './guard.js';
export { EGRESS_PROBLEMS, type EgressCode } from './problems.js';
export type { EgressDecision, EgressIntent, EgressRecord, EgressRequest, Recipient } from './route/decision.js';
export {
  type EgressRules,
  IMPOSSIBLE_PURPOSES,
  type PurposeRule,
  type SubProcessor,
  type Transfer,
} from './route/rules.js';
