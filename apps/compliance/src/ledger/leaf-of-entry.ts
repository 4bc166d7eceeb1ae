import type { AuditEntry } from '@millrace/contracts';
import { isId } from '@millrace/kernel';
import { commitEntry, type CommittedEntry, isDetailText } from '@millrace/ledger';

/** A field that holds the id of a user: `userId`, `actorUserId`. */
const USER_FIELD = /(^u|U)serId$/;

/** Kinds of targets that are people: their ids are personal, however they are called. */
const PEOPLE = ['account', 'user', 'person', 'member', 'subject'];

/** A personal field of an entry with the person whom it is about. */
export interface PersonalField {
  readonly field: string;
  readonly subjectId: string | null;
  readonly value: string;
  readonly salt: Buffer;
  readonly at: string;
}

export interface Leaf {
  readonly entry: AuditEntry;
  readonly bytes: Buffer;
  readonly hash: Buffer;
  readonly personal: readonly PersonalField[];
}

/**
 * Makes the leaf of an audit entry. Whatever is not surely impersonal is treated as personal: a detail that is more than
 * a token (see `isDetailText`), one that repeats a personal value, a target that is a person. The leaf commits to it, and it
 * can be forgotten. So whatever a service says, no entry blocks those after it, and no leaf names anybody.
 * @throws LedgerError `entry-invalid` naming the field for an entry that is malformed otherwise
 */
export function leafOfEntry(entry: AuditEntry, source: string, region: string): Leaf {
  const { details, personal, target } = divide(entry);
  const { entryId: id, event, at, orgId, actor, outcome, number: sourceNumber } = entry;
  const core = { id, event, at, region, source, sourceNumber, orgId, actor, outcome, target, details };
  const committed = commitEntry(withoutGaps(core), personal);
  return { entry, bytes: committed.leafBytes, hash: committed.leafHash, personal: fieldsOf(entry, committed) };
}

type Core = Parameters<typeof commitEntry>[0];

/** Leaves out what is undefined, so that no leaf has an empty field. */
function withoutGaps(core: { [K in keyof Core]: Core[K] | undefined }): Core {
  return Object.fromEntries(Object.entries(core).filter(([, value]) => value !== undefined)) as unknown as Core;
}

interface Divided {
  readonly details: Core['details'];
  readonly personal: Record<string, string>;
  readonly target?: AuditEntry['target'];
}

function divide({ details, personal: said, target }: AuditEntry): Divided {
  const impersonal: Record<string, string | number | boolean> = {};
  const personal = Object.fromEntries(Object.entries(said).map(([name, value]) => [fieldName(name), value]));
  const personalValues = Object.values(said);
  const isImpersonal = (value: string) => isDetailText(value) && !personalValues.includes(value);
  for (const [name, value] of Object.entries(details)) {
    const field = fieldName(name);
    if (typeof value !== 'string' || isImpersonal(value)) impersonal[field] = value;
    else personal[Object.hasOwn(personal, field) ? fieldName(`detail ${name}`) : field] = value;
  }
  if (!target || (isImpersonal(target.id) && !PEOPLE.includes(target.kind)))
    return { details: impersonal, personal, target };
  impersonal['targetKind'] = target.kind;
  personal['targetUserId'] = target.id;
  return { details: impersonal, personal };
}

/** camelCase, as the ledger's fields are: `run-id` becomes `runId`. */
function fieldName(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const joined = words.map((word, index) => (index ? word[0]!.toUpperCase() + word.slice(1) : word)).join('');
  return joined.replace(/^[A-Z]/, (letter) => letter.toLowerCase()).replace(/^[0-9]/, 'field$&');
}

/** A field that holds a user's id is about that user; every other one is about the person whom the entry names. */
function fieldsOf({ at, personal: said }: AuditEntry, { personal }: CommittedEntry): PersonalField[] {
  const person = [said['userId'], said['actorUserId']].find((id) => isId(id)) ?? null;
  const isUser = (field: string, value: string) => USER_FIELD.test(field) && isId(value);
  return personal.map(({ field, value, salt }) => ({
    field,
    value,
    salt,
    at,
    subjectId: isUser(field, value) ? value : person,
  }));
}
