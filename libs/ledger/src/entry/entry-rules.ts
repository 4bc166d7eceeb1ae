import { isId } from '@millrace/kernel';
import { LedgerError } from '../ledger-error.js';
import { ACTORS, type LedgerEntry, OUTCOMES } from './ledger-entry.js';

export const MAX_DETAILS = 32;
export const MAX_PERSONAL = 32;

const FIELD_NAME = /^[a-z][A-Za-z0-9]{0,63}$/;
const EVENT = /^(?=.{3,100}$)[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)+$/;
const LABEL = /^[a-z][a-z0-9-]{0,62}$/;
/** SHA-256 in base64url without padding: the last character carries two zero bits. */
const COMMITMENT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const TOKEN = /^[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,127}$/;

const REQUIRED = [
  'v',
  'id',
  'event',
  'at',
  'region',
  'source',
  'sourceNumber',
  'actor',
  'outcome',
  'details',
  'personal',
];
const KNOWN = new Set([...REQUIRED, 'orgId', 'target']);

/**
 * Whether a text may stand in `details` (or as a target's id): one token of at most 128 letters, digits and `. _ : / + = -`,
 * starting with a letter or digit. Ids, enum values, digests, versions, instants and durations are such tokens; sentences, e-mail
 * addresses (`@`), telephone numbers with spaces and names of two words are not. The rule cannot tell a first name from an
 * enum value: what is personal goes through `personal`, which whoever declares the event decides.
 */
export function isDetailText(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Checks an entry against every rule and gives it back as a plain entry; throws `entry-invalid` naming the field, never
 * its value. Unknown fields are refused: a leaf is forever.
 */
export function checkEntry(value: unknown): LedgerEntry {
  const entry = record(value, 'entry');
  for (const name of Object.keys(entry)) if (!KNOWN.has(name)) throw invalid('entry', 'has an unknown field');
  for (const name of REQUIRED) if (entry[name] === undefined) throw invalid(name, 'is missing');
  ensure(entry.v === 1, 'v', 'is not 1');
  ensure(isId(entry.id) && entry.id[14] === '7', 'id', 'is not a UUIDv7');
  ensure(matches(EVENT, entry.event), 'event', 'is not a dotted lower-case name');
  ensure(isInstant(entry.at), 'at', 'is not an ISO instant in UTC with milliseconds');
  ensure(matches(LABEL, entry.region), 'region', 'is not a lower-case label');
  ensure(matches(LABEL, entry.source), 'source', 'is not a lower-case label');
  const number = entry.sourceNumber;
  ensure(
    typeof number === 'number' && Number.isSafeInteger(number) && number >= 1,
    'sourceNumber',
    'is not a number from 1',
  );
  ensure(entry.orgId === undefined || isId(entry.orgId), 'orgId', 'is not a UUID');
  ensure(isOneOf(ACTORS, entry.actor), 'actor', 'is unknown');
  ensure(isOneOf(OUTCOMES, entry.outcome), 'outcome', 'is unknown');
  if (entry.target !== undefined) checkTarget(entry.target);
  checkDetails(entry.details);
  checkCommitments(entry.personal);
  return entry as unknown as LedgerEntry;
}

export function checkFieldName(name: string, where: string): void {
  ensure(FIELD_NAME.test(name), where, 'has a field whose name is not camelCase of at most 64 characters');
}

function checkTarget(value: unknown): void {
  const target = record(value, 'target');
  ensure(Object.keys(target).sort().join() === 'id,kind', 'target', 'has other fields than kind and id');
  ensure(matches(LABEL, target.kind), 'target.kind', 'is not a lower-case label');
  ensure(typeof target.id === 'string' && isDetailText(target.id), 'target.id', 'is not an id');
}

function checkDetails(value: unknown): void {
  const details = record(value, 'details');
  const entries = Object.entries(details);
  ensure(entries.length <= MAX_DETAILS, 'details', `has more than ${MAX_DETAILS} fields`);
  for (const [name, detail] of entries) {
    checkFieldName(name, 'details');
    ensure(isDetail(detail), `details.${name}`, 'is not a flag, a safe number or a short token');
  }
}

function checkCommitments(value: unknown): void {
  const personal = record(value, 'personal');
  const entries = Object.entries(personal);
  ensure(entries.length <= MAX_PERSONAL, 'personal', `has more than ${MAX_PERSONAL} fields`);
  for (const [name, commitment] of entries) {
    checkFieldName(name, 'personal');
    ensure(matches(COMMITMENT, commitment), `personal.${name}`, 'is not a commitment');
  }
}

/** Numbers beyond 2^53 read differently in different programs, so they are refused. */
function isDetail(value: unknown): boolean {
  if (typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  return typeof value === 'string' && isDetailText(value);
}

function isInstant(value: unknown): boolean {
  if (!matches(INSTANT, value)) return false;
  const instant = new Date(value);
  return !Number.isNaN(instant.getTime()) && instant.toISOString() === value;
}

function matches(pattern: RegExp, value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isOneOf(values: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && values.includes(value);
}

function record(value: unknown, where: string): Record<string, unknown> {
  const plain = typeof value === 'object' && value !== null && !Array.isArray(value);
  ensure(plain, where, 'is not an object');
  const prototype: unknown = Object.getPrototypeOf(value);
  ensure(prototype === Object.prototype || prototype === null, where, 'is not a plain object');
  return value as Record<string, unknown>;
}

function ensure(condition: boolean, field: string, problem: string): asserts condition {
  if (!condition) throw invalid(field, problem);
}

function invalid(field: string, problem: string): LedgerError {
  return new LedgerError('entry-invalid', `Ledger entry: ${field} ${problem}`);
}
