import { forbiddenPurposes } from '@millrace/charter';
import type { EgressCode } from '../problems.js';
import type { EgressRequest } from './decision.js';

/** Purposes that have no route. No charter and no register can open one; rules that name them are refused. */
export const IMPOSSIBLE_PURPOSES: readonly string[] = [...forbiddenPurposes, 'data_brokerage'];

/** Under which condition a purpose has a route. */
export interface PurposeRule {
  /** `required`: the request must name a consent that {@link EgressRules.consentHolds} confirms. Default `none`. */
  readonly consent?: 'none' | 'required';
}

/** A recipient as the register of sub-processors knows it. */
export interface SubProcessor {
  /** False while no agreement is in force. */
  readonly enabled: boolean;
  /** Region in which it processes, for the transfer rule. */
  readonly region: string;
  /** The only categories of data that may go to it. */
  readonly ceiling: readonly string[];
  /** The only purposes for which it may be called. */
  readonly purposes: readonly string[];
  /** The only hosts at which it is reached: exact names or addresses, or `*.example.com` for names below. */
  readonly hosts: readonly string[];
}

/** A sending out of the region. */
export interface Transfer {
  readonly fromRegion: string;
  readonly toRegion: string;
  readonly recipientId: string;
  readonly categories: readonly string[];
}

/** What may leave, to whom, why. Everything not named here is refused. The functions may ask a live register. */
export interface EgressRules {
  /** Purposes with a route; those of {@link IMPOSSIBLE_PURPOSES} are refused at construction. */
  readonly purposes: Readonly<Record<string, PurposeRule>>;
  /** The register's entry; undefined when it has none. */
  readonly subProcessor: (id: string) => SubProcessor | undefined | Promise<SubProcessor | undefined>;
  /** What may flow to and from the systems that customers connected themselves. */
  readonly customerConnection: { readonly purposes: readonly string[]; readonly ceiling: readonly string[] };
  /** Whether a mechanism in force covers the transfer. Default: none does. */
  readonly mayTransfer?: (transfer: Transfer) => boolean | Promise<boolean>;
  /** Whether the consent exists, is in force, and covers the request. Default: it does not. */
  readonly consentHolds?: (consentId: string, request: EgressRequest) => boolean | Promise<boolean>;
}

/** Throws when the rules open a route that must not exist. */
export function assertPossible(rules: EgressRules): void {
  const impossible = Object.keys(rules.purposes).filter(isImpossible);
  if (impossible.length > 0) throw new Error(`Egress rules name a purpose that has no route: ${impossible.join(', ')}`);
}

/** The reason why the request has no route; undefined when it has one. Asks neither names nor the network. */
export async function refusalOf(
  request: EgressRequest,
  host: string,
  rules: EgressRules,
  region: string,
): Promise<EgressCode | undefined> {
  const purpose = Object.hasOwn(rules.purposes, request.purpose) ? rules.purposes[request.purpose] : undefined;
  if (!purpose || isImpossible(request.purpose)) return 'egress.purpose-refused';
  const recipient = await recipientOf(request, rules, region);
  if (!recipient) return 'egress.unknown-recipient';
  if (!recipient.enabled) return 'egress.recipient-disabled';
  if (!recipient.purposes.includes(request.purpose)) return 'egress.purpose-refused';
  if (!request.categories.every((category) => recipient.ceiling.includes(category))) return 'egress.category-ceiling';
  if (recipient.hosts && !recipient.hosts.some((pattern) => matchesHost(pattern, host))) return 'egress.host-refused';
  if (purpose.consent === 'required' && !(await consents(request, rules))) return 'egress.consent-missing';
  if (!(await mayLeave(request, recipient.region, rules, region))) return 'egress.transfer-refused';
  return undefined;
}

type Judged = Omit<SubProcessor, 'hosts'> & { readonly hosts?: readonly string[] };

async function recipientOf(request: EgressRequest, rules: EgressRules, region: string): Promise<Judged | undefined> {
  const { recipient } = request;
  if (recipient.kind === 'sub-processor') return rules.subProcessor(recipient.id);
  if (recipient.kind !== 'customer-connection') return undefined;
  return { enabled: true, region: recipient.region ?? region, ...rules.customerConnection };
}

async function consents(request: EgressRequest, rules: EgressRules): Promise<boolean> {
  if (!request.consentId || !rules.consentHolds) return false;
  return (await rules.consentHolds(request.consentId, request)) === true;
}

async function mayLeave(
  request: EgressRequest,
  toRegion: string,
  rules: EgressRules,
  fromRegion: string,
): Promise<boolean> {
  if (toRegion === fromRegion) return true;
  const { categories, recipient } = request;
  return (await rules.mayTransfer?.({ fromRegion, toRegion, recipientId: recipient.id, categories })) === true;
}

function matchesHost(pattern: string, host: string): boolean {
  return pattern.startsWith('*.')
    ? host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1
    : host === pattern;
}

function isImpossible(purpose: string): boolean {
  return IMPOSSIBLE_PURPOSES.includes(purpose.toLowerCase().replaceAll('-', '_'));
}
