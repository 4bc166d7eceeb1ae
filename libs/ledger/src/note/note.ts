import { LedgerError } from '../ledger-error.js';
import { fromBase64, toBase64 } from './base64.js';
import { isKeyName, type NoteSigner, type NoteVerifier } from './note-key.js';

/** A checkpoint is a few hundred bytes; bounds what a stranger's note can cost. */
const MAX_NOTE_LENGTH = 64 * 1024;
const MAX_SIGNATURES = 100;
const SIGNATURE_LINE = /^— (\S+) (\S+)$/u;
/** Control characters other than newline. */
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f]/;

/** One signature line: who, with which key, and the signature without the key hash. */
export interface NoteSignature {
  readonly name: string;
  readonly keyHash: number;
  readonly signature: Buffer;
}

export interface VerifiedNote {
  /** The signed text, with its final newline. */
  readonly text: string;
  /** The verifiers, of those given, whose signature is on the note and holds. At least one. */
  readonly verifiedBy: readonly NoteVerifier[];
}

/** Signs a text as a C2SP signed note. Throws `note-malformed` unless the text ends with a newline and is well-formed. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  checkText(text);
  return `${text}\n${signers.map((signer) => signatureLine(text, signer)).join('')}`;
}

/** The note with one more signature: how a region co-signs. A signature by the same key is replaced. */
export function addSignature(note: string, signer: NoteSigner): string {
  const { text, signatures } = parseNote(note);
  const others = signatures.filter(({ name, keyHash }) => name !== signer.name || keyHash !== signer.keyHash);
  return `${text}\n${others.map(formatSignature).join('')}${signatureLine(text, signer)}`;
}

/**
 * Verifies a note against the keys one trusts. Signatures by other keys are ignored, as the specification asks. Throws
 * `note-malformed`, or `note-unsigned` when none of the given keys signed or one of their signatures is wrong.
 */
export function verifyNote(note: string, verifiers: readonly NoteVerifier[]): VerifiedNote {
  const { text, signatures } = parseNote(note);
  const verifiedBy: NoteVerifier[] = [];
  for (const { name, keyHash, signature } of signatures) {
    for (const verifier of verifiers.filter((one) => one.name === name && one.keyHash === keyHash)) {
      if (verifiedBy.includes(verifier)) continue;
      if (!verifier.verify(text, signature))
        throw new LedgerError('note-unsigned', `The signature of ${name} is wrong`);
      verifiedBy.push(verifier);
    }
  }
  if (verifiedBy.length === 0) throw new LedgerError('note-unsigned', 'None of the given keys signed this note');
  return { text, verifiedBy };
}

/** Splits a note into its text and its signatures without checking any. */
export function parseNote(note: string): { text: string; signatures: NoteSignature[] } {
  const end = note.lastIndexOf('\n\n');
  if (note.length > MAX_NOTE_LENGTH || end < 0 || !note.endsWith('\n')) throw malformed('it has no signature block');
  const text = note.slice(0, end + 1);
  checkText(text);
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw malformed('it has too many signatures');
  return { text, signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = encoded === undefined ? undefined : fromBase64(encoded);
  if (name === undefined || !isKeyName(name) || !bytes || bytes.length < 5)
    throw malformed('a signature line is damaged');
  return { name, keyHash: bytes.readUInt32BE(0), signature: bytes.subarray(4) };
}

function signatureLine(text: string, signer: NoteSigner): string {
  const { name, keyHash } = signer;
  return formatSignature({ name, keyHash, signature: signer.sign(text) });
}

function formatSignature({ name, keyHash, signature }: NoteSignature): string {
  const hash = Buffer.alloc(4);
  hash.writeUInt32BE(keyHash);
  return `— ${name} ${toBase64(Buffer.concat([hash, signature]))}\n`;
}

function checkText(text: string): void {
  if (!text.endsWith('\n')) throw malformed('its text does not end with a newline');
  if (!text.isWellFormed() || FORBIDDEN.test(text)) throw malformed('its text holds control characters');
}

function malformed(what: string): LedgerError {
  return new LedgerError('note-malformed', `Not a signed note: ${what}`);
}
