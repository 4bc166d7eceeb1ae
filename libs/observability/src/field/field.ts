import { isId } from '@millrace/kernel';
import { isSystemCode } from './error-codes.js';

/**
 * What a field may hold. There is no kind for free text: whatever is not an id, a number or a word of a closed
 * grammar cannot be written down at all.
 */
export type FieldKind = keyof typeof checks;

/** First words of operation names, event names and codes: the contexts and libraries of the product. */
export const NAME_SPACES = [
  'identity',
  'vault',
  'sync',
  'worker',
  'sync-worker',
  'operator',
  'compliance',
  'notifications',
  'gateway',
  'portal',
  'cli',
  'xgate',
  'kernel',
  'contracts',
  'charter',
  'privacy',
  'egress',
  'crypto',
  'ledger',
  'messaging',
  'persistence',
  'observability',
  'service',
  'connector',
  'embedded',
  'testing',
  'process',
  'http',
  'nats',
  'postgres',
  'demo',
  'bench',
] as const;

/** Words of letters with at most two digits at the end (`oauth2`): a token or a number does not fit. */
const WORD = String.raw`[a-z]{1,20}\d{0,2}`;
const NAME = new RegExp(String.raw`^(?:${NAME_SPACES.join('|')})(?:\.${WORD}(?:-${WORD}){0,5}){1,4}$`);
const OUTCOMES: readonly string[] = [
  'ok',
  'accepted',
  'refused',
  'failed',
  'cancelled',
  'timeout',
  'retried',
  'redelivered',
  'duplicate',
  'skipped',
  'abandoned',
];
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const SIGNALS: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL', 'SIGQUIT', 'SIGABRT'];

/** One check per kind. A value that fails its check is dropped, never repaired. */
const checks = {
  /** A UUID. */
  id: isId,
  /** `identity.profile.update`: dotted, lower case, from a name space of the product. */
  name: (value: unknown) => typeof value === 'string' && NAME.test(value),
  /** A code of the product, of Node.js, PostgreSQL or NATS. */
  code: (value: unknown): boolean => typeof value === 'string' && (checks.name(value) || isSystemCode(value)),
  /** One service of the product. */
  service: (value: unknown) => typeof value === 'string' && (NAME_SPACES as readonly string[]).includes(value),
  number: (value: unknown) => typeof value === 'number' && Number.isFinite(value),
  flag: (value: unknown) => typeof value === 'boolean',
  /** A TCP port. */
  port: (value: unknown) => Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536,
  /** `1.2.3`, `v24.21.0`, `2.0.0-rc.1`. */
  version: (value: unknown) =>
    typeof value === 'string' && /^v?\d{1,3}(?:\.\d{1,3}){1,2}(?:-(?:alpha|beta|rc)\.\d{1,3})?$/.test(value),
  outcome: (value: unknown) => OUTCOMES.includes(value as string),
  method: (value: unknown) => METHODS.includes(value as string),
  signal: (value: unknown) => SIGNALS.includes(value as string),
};

/**
 * The closed set of fields in logs, spans and error reports. User ids are not among them: they are pseudonymous
 * personal data, and a log line outlives an account.
 */
export const FIELDS = {
  requestId: 'id',
  orgId: 'id',
  runId: 'id',
  partitionId: 'id',
  pipelineId: 'id',
  connectionId: 'id',
  leaseId: 'id',
  messageId: 'id',
  entryId: 'id',
  decisionId: 'id',
  reportId: 'id',
  caseId: 'id',
  timerId: 'id',
  workerId: 'id',
  operation: 'name',
  event: 'name',
  code: 'code',
  peer: 'service',
  outcome: 'outcome',
  method: 'method',
  signal: 'signal',
  version: 'version',
  port: 'port',
  status: 'number',
  durationMs: 'number',
  count: 'number',
  attempt: 'number',
  rows: 'number',
  bytes: 'number',
  fence: 'number',
  sequence: 'number',
  dropped: 'number',
  pid: 'number',
  workers: 'number',
  retryable: 'flag',
  separate: 'flag',
} as const satisfies Record<string, FieldKind>;

export type FieldName = keyof typeof FIELDS;

type ValueOf<K extends FieldKind> = K extends 'number' | 'port' ? number : K extends 'flag' ? boolean : string;

/** Fields as a caller gives them; an undefined one is left out. */
export type Fields = { readonly [N in FieldName]?: ValueOf<(typeof FIELDS)[N]> | undefined };

export interface CheckedFields {
  readonly fields: Record<string, string | number | boolean>;
  /** How many were not in the set, or held something that their kind does not allow. */
  readonly dropped: number;
}

/** Keeps the fields of the set whose values pass, and counts the rest. Neither names nor values of the rest are kept. */
export function checkFields(given: object | undefined): CheckedFields {
  const fields: Record<string, string | number | boolean> = {};
  let dropped = 0;
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === undefined) continue;
    if (Object.hasOwn(FIELDS, name) && passes(FIELDS[name as FieldName], value)) fields[name] = value as string;
    else dropped += 1;
  }
  return { fields, dropped };
}

/** Whether `value` is one that a field of this kind may hold. */
export function passes(kind: FieldKind, value: unknown): boolean {
  return checks[kind](value);
}
