import { LedgerError } from '../ledger-error.js';
import { type PersonalValue, verifyCommitment } from '../entry/commitment.js';
import { MAX_LEAF_BYTES, parseLeaf } from '../entry/leaf.js';
import type { LedgerEntry } from '../entry/ledger-entry.js';
import { fromBase64, toBase64 } from '../note/base64.js';
import { type Checkpoint, parseCheckpoint } from '../note/checkpoint.js';
import { verifyNote } from '../note/note.js';
import { type NoteVerifier, parseVerifierKey } from '../note/note-key.js';
import { leafHash } from '../tree/tree-hash.js';
import { verifyInclusion } from '../tree/verify.js';

/** A path in a tree of 2^53 leaves has at most this many hashes. */
const MAX_PROOF_HASHES = 53;

/** Proof that an entry is in the ledger: JSON that a receipt carries and anybody can check with the log's key. */
export interface ProofBundle {
  readonly v: 1;
  /** The leaf's bytes in base64. */
  readonly leaf: string;
  /** The leaf's place in the tree, from 0. */
  readonly index: number;
  /** Inclusion hashes in base64, deepest first (RFC 9162 §2.1.3). */
  readonly proof: readonly string[];
  /** The signed checkpoint (C2SP signed note) of a tree that holds the leaf. */
  readonly checkpoint: string;
}

/** Why a bundle proves nothing. */
export type BundleFault =
  | 'bundle-malformed'
  | 'key-malformed'
  | 'note-malformed'
  | 'note-not-signed'
  | 'checkpoint-malformed'
  | 'wrong-origin'
  | 'index-outside-tree'
  | 'inclusion-refused'
  | 'leaf-malformed';

export type BundleVerdict =
  | {
      readonly ok: true;
      readonly entry: LedgerEntry;
      readonly checkpoint: Checkpoint;
      readonly cosignedBy: readonly string[];
    }
  | { readonly ok: false; readonly reason: BundleFault };

export function buildProofBundle(parts: {
  readonly leafBytes: Uint8Array;
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  readonly checkpointNote: string;
}): ProofBundle {
  const { leafBytes, index, proof, checkpointNote } = parts;
  return { v: 1, leaf: toBase64(leafBytes), index, proof: proof.map(toBase64), checkpoint: checkpointNote };
}

/**
 * Whether a bundle proves its entry to somebody who trusts `verifierKey` (a string `name+hash+key`). The note must be signed by
 * that key, and the key's name must be the checkpoint's origin. `cosignerKeys` are optional: those that signed too are
 * listed in `cosignedBy`; one whose signature is on the note but wrong makes it refused. Never throws.
 */
export function verifyProofBundle(
  bundle: unknown,
  verifierKey: string,
  cosignerKeys: readonly string[] = [],
): BundleVerdict {
  try {
    return verify(readBundle(bundle), readKey(verifierKey), cosignerKeys.map(readKey));
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, reason: error.reason };
    throw error;
  }
}

/** Whether a personal value that was shown to somebody is the one that the entry commits to. */
export function verifyPersonal(entry: LedgerEntry, personal: PersonalValue): boolean {
  const commitment = Object.hasOwn(entry.personal, personal.field) ? entry.personal[personal.field] : undefined;
  return commitment !== undefined && verifyCommitment(personal, commitment);
}

interface ReadBundle {
  readonly leaf: Buffer;
  readonly index: number;
  readonly proof: Buffer[];
  readonly note: string;
}

function verify(bundle: ReadBundle, key: NoteVerifier, cosigners: NoteVerifier[]): BundleVerdict {
  const { leaf, index, proof, note } = bundle;
  const { text, verifiedBy } = translate(() => verifyNote(note, [key, ...cosigners]));
  if (!verifiedBy.includes(key)) throw new Refusal('note-not-signed');
  const checkpoint = translate(() => parseCheckpoint(text));
  if (checkpoint.origin !== key.name) throw new Refusal('wrong-origin');
  const { size, root } = checkpoint;
  if (index >= size) throw new Refusal('index-outside-tree');
  if (!verifyInclusion({ leafHash: leafHash(leaf), index, size, root, proof })) throw new Refusal('inclusion-refused');
  const entry = translate(() => parseLeaf(leaf));
  const cosignedBy = verifiedBy.filter((verifier) => verifier !== key).map(({ name }) => name);
  return { ok: true, entry, checkpoint, cosignedBy };
}

function readBundle(value: unknown): ReadBundle {
  if (typeof value !== 'object' || value === null) throw new Refusal('bundle-malformed');
  const { v, leaf, index, proof, checkpoint } = value as Record<string, unknown>;
  const hashes = Array.isArray(proof) && proof.length <= MAX_PROOF_HASHES ? proof.map(readBase64) : undefined;
  const bytes = readBase64(leaf);
  const isIndex = typeof index === 'number' && Number.isSafeInteger(index) && index >= 0;
  if (v !== 1 || !bytes || bytes.length > MAX_LEAF_BYTES || !isIndex || !hashes?.every((hash) => hash?.length === 32)) {
    throw new Refusal('bundle-malformed');
  }
  if (typeof checkpoint !== 'string') throw new Refusal('bundle-malformed');
  return { leaf: bytes, index, proof: hashes as Buffer[], note: checkpoint };
}

function readBase64(value: unknown): Buffer | undefined {
  return typeof value === 'string' && value.length <= 2 * MAX_LEAF_BYTES ? fromBase64(value) : undefined;
}

function readKey(text: string): NoteVerifier {
  return translate(() => parseVerifierKey(text));
}

class Refusal extends Error {
  constructor(readonly reason: BundleFault) {
    super(reason);
  }
}

function translate<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    switch (error.code) {
      case 'key-malformed':
      case 'note-malformed':
      case 'checkpoint-malformed':
        throw new Refusal(error.code);
      case 'note-unsigned':
        throw new Refusal('note-not-signed');
      default:
        throw new Refusal('leaf-malformed');
    }
  }
}
