import type { AuditEntry } from '@millrace/contracts';
import { isId } from '@millrace/kernel';
import { commitEntry, type CommittedEntry, isDetailText } from '@millrace/ledger';

/** A field that holds the id of a user: `userId`, `actorUserId`. */
const USER_FIELD = /(^u|U)serId$/;

/** A personal field of an entry with the person whom it is about. */
export interface PersonalField {
  readonly entryId: string;
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
 * Makes the leaf of an audit entry. A detail that is not surely impersonal (see `isDetailText`) is treated as personal:
 * the leaf commits to it, and it can be forgotten. So whatever a service says, no entry blocks those after it.
 * @throws LedgerError `entry-invalid` naming the field for an entry that is malformed otherwise
 */
export function leafOfEntry(entry: AuditEntry, source: string, region: string): Leaf {
  const { details, personal } = divide(entry);
  const { entryId: id, event, at, orgId, actor, outcome, target, number: sourceNumber } = entry;
  const core = { id, event, at, region, source, sourceNumber, orgId, actor, outcome, target, details };
  const committed = commitEntry(withoutGaps(core), personal);
  return { entry, bytes: committed.leafBytes, hash: committed.leafHash, personal: fieldsOf(entry, committed) };
}

type Core = Parameters<typeof commitEntry>[0];

/** Leaves out what is undefined, so that no leaf has an empty field. */
function withoutGaps(core: { [K in keyof Core]: Core[K] | undefined }): Core {
  return Object.fromEntries(Object.entries(core).filter(([, value]) => value !== undefined)) as unknown as Core;
}

function divide({ details, personal }: AuditEntry): { details: Core['details']; personal: Record<string, string> } {
  const impersonal: Record<string, string | number | boolean> = {};
  const committed = Object.fromEntries(Object.entries(personal).map(([name, value]) => [fieldName(name), value]));
  for (const [name, value] of Object.entries(details)) {
    const field = fieldName(name);
    if (typeof value !== 'string' || isDetailText(value)) impersonal[field] = value;
    else committed[Object.hasOwn(committed, field) ? fieldName(`detail ${name}`) : field] = value;
  }
  return { details: impersonal, personal: committed };
}

/** camelCase, as the ledger's fields are: `run-id` becomes `runId`. */
function fieldName(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const joined = words.map((word, index) => (index ? word[0]!.toUpperCase() + word.slice(1) : word)).join('');
  return joined.replace(/^[A-Z]/, (letter) => letter.toLowerCase()).replace(/^[0-9]/, 'field$&');
}

/** A field that holds a user's id is about that user; every other one is about the person whom the entry names. */
function fieldsOf({ entryId, at, personal: said }: AuditEntry, { personal }: CommittedEntry): PersonalField[] {
  const person = [said['userId'], said['actorUserId']].find((id) => isId(id)) ?? null;
  const isUser = (field: string, value: string) => USER_FIELD.test(field) && isId(value);
  return personal.map(({ field, value, salt }) => ({
    entryId,
    field,
    value,
    salt,
    at,
    subjectId: isUser(field, value) ? value : person,
  }));
}
