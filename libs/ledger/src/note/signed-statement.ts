import canonicalize from 'canonicalize';
import { LedgerError } from '../ledger-error.js';
import type { NoteSigner, NoteVerifier } from './note-key.js';
import { signNote, verifyNote } from './note.js';

/**
 * A statement as a C2SP signed note of two lines: what kind of statement it is, and its RFC 8785 canonical JSON. A checkpoint has
 * three lines at least, so neither can be taken for the other, though one key signs both.
 * @param kind such as `millrace/attestation/v1`
 */
export function signStatement(kind: string, statement: unknown, signer: NoteSigner): string {
  return signNote(`${kind}\n${canonicalize(statement)}\n`, [signer]);
}

/**
 * What a statement says, once its signature was verified. Throws `note-unsigned` and `note-malformed` like {@link verifyNote},
 * and `statement-malformed` for a signed text that is no statement of this kind.
 */
export function readStatement(kind: string, note: string, verifier: NoteVerifier): unknown {
  const [first, json, end, ...more] = verifyNote(note, [verifier]).text.split('\n');
  if (first !== kind || json === undefined || end !== '' || more.length > 0) throw malformed();
  try {
    return JSON.parse(json);
  } catch {
    throw malformed();
  }
}

const malformed = () => new LedgerError('statement-malformed', 'Signed, but no statement of this kind');
