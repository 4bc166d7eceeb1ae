import type { CharterPath, Complaint } from '../finding.js';
import type { CharterDocument } from '../schema/charter.schema.js';

/** What the seeds contradict, and the reading that the product applies: the strictest applicable rule. */
export const conflictResolutions = {
  C1: 'The earliest of the promise and every applicable law is due; the policy text should be corrected.',
  C2: 'Due is the earlier of the two.',
  C3: 'Three stores: the security audit, operational logs, and a minimal register of requests.',
  C4: 'The promise is stricter and wins: keys are destroyed or backups expire in time.',
  C5: 'Only the listed ways are accepted; a service credential is a class of its own and is refused here.',
  C6: 'A core service rests on the contract; name that basis.',
  C7: 'The set of regions is a parameter of the charter.',
  C8: 'Acceptance and consent are kept in separate ledgers.',
  C9: 'Mail bodies hold a link and no personal data beyond the address.',
  C10: 'The vault has a database and a database role of its own.',
  C11: 'A number is chosen and published.',
  C12: 'Mail opens a case; disclosure and deletion need a fresh sign-in or an answered challenge.',
  C13: 'Keep a transfer register with standard clauses to fall back on.',
  C14: 'Both clocks run; the promise is the stricter one.',
  C15: "The age is a parameter of the charter, and a higher age of the person's jurisdiction wins.",
  C16: 'The market stays closed until a representative is registered.',
  C17: 'Entries hold salted commitments; erasure deletes salt and payload and leaves the tree intact.',
  C18: 'The rights are granted by promise even where the statute does not apply, and the case records which.',
  C19: "A mechanism must be registered before a person's organization is placed outside.",
  C20: 'An address is required before publication.',
  C21: 'The data are declared under security logs with the shortest period, and the rendered policy names them.',
  C22: 'The attestation is a tick: checked, and kept no longer than its outcome.',
  C23: 'Visitor data is never joined to accounts and loses its address after the coarse location is taken.',
  C24: 'The charter sets when the archive ends, or the region does not start.',
  C25: 'The least privilege that works; a deviation is shown, never silently taken.',
  C26: 'Those are configuration: exported and deleted with the mappings, and named in the rendered policy.',
  C27: 'They are sealed, declared and deleted with the connection, and the rendered policy names them.',
} as const;

export type ConflictId = keyof typeof conflictResolutions;

/** Looks at a charter for contradictions. Findings warn; they do not keep a region from starting. */
export type ConflictCheck = (charter: CharterDocument) => Complaint[];

/** A complaint of a conflict: what this charter shows, then how it is resolved. */
export function conflict(id: ConflictId, path: CharterPath, shows: string): Complaint {
  return { path, rule: `conflict/${id}`, message: `${shows} ${conflictResolutions[id]}` };
}

/** One complaint when the condition holds, else none. */
export function when(condition: boolean, id: ConflictId, path: CharterPath, shows: string): Complaint[] {
  return condition ? [conflict(id, path, shows)] : [];
}
