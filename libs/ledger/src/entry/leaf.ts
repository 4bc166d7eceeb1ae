import canonicalize from 'canonicalize';
import { LedgerError } from '../ledger-error.js';
import { leafHash } from '../tree/tree-hash.js';
import { commitTo, type PersonalValue } from './commitment.js';
import { checkEntry, checkFieldName } from './entry-rules.js';
import type { EntryCore, LedgerEntry } from './ledger-entry.js';

/** A leaf with every allowed detail and commitment at its longest is below this. */
export const MAX_LEAF_BYTES = 16 * 1024;

export interface CommittedEntry {
  readonly entry: LedgerEntry;
  /** RFC 8785 canonical JSON of `entry`: what the tree hashes. */
  readonly leafBytes: Buffer;
  readonly leafHash: Buffer;
  /** What to store apart from the leaf, and to delete when it is due. */
  readonly personal: readonly PersonalValue[];
}

/**
 * Turns an act into a leaf: commits to each personal value under a salt of its own and serialises the rest. Throws
 * `entry-invalid` naming the field.
 */
export function commitEntry(core: EntryCore, personalValues: Readonly<Record<string, string>> = {}): CommittedEntry {
  const commitments: Record<string, string> = {};
  const personal: PersonalValue[] = [];
  for (const [field, value] of Object.entries(personalValues)) {
    checkFieldName(field, 'personal');
    const committed = commitTo(field, value);
    commitments[field] = committed.commitment;
    personal.push(committed.personal);
  }
  const entry = checkEntry({ ...core, v: 1, personal: commitments });
  const leafBytes = encodeLeaf(entry);
  return { entry, leafBytes, leafHash: leafHash(leafBytes), personal };
}

/** The canonical bytes of an entry that has passed `checkEntry`; undefined optional fields are left out. */
export function encodeLeaf(entry: LedgerEntry): Buffer {
  return Buffer.from(canonicalize(entry)!, 'utf8');
}

/**
 * Reads leaf bytes back. Throws `leaf-malformed` for bytes that are no entry and `leaf-not-canonical` for an entry in any
 * other form than RFC 8785 (spaces, key order, escapes, duplicate keys), so that one entry has one leaf hash only.
 */
export function parseLeaf(leafBytes: Uint8Array): LedgerEntry {
  const bytes = Buffer.from(leafBytes.buffer, leafBytes.byteOffset, leafBytes.byteLength);
  if (bytes.length > MAX_LEAF_BYTES) throw malformed();
  let entry: LedgerEntry;
  try {
    entry = checkEntry(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)));
  } catch (cause) {
    throw malformed(cause instanceof LedgerError ? cause : undefined);
  }
  if (!encodeLeaf(entry).equals(bytes))
    throw new LedgerError('leaf-not-canonical', 'The leaf is not in canonical form');
  return entry;
}

function malformed(cause?: LedgerError): LedgerError {
  return new LedgerError('leaf-malformed', cause ? `Not a leaf: ${cause.message}` : 'Not a leaf');
}
