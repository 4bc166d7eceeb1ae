import { LedgerError } from '../ledger-error.js';
import { verifyConsistency } from '../tree/verify.js';
import { type Checkpoint, parseCheckpoint } from './checkpoint.js';
import { addSignature, verifyNote } from './note.js';
import type { NoteSigner, NoteVerifier } from './note-key.js';

export interface CosignRequest {
  /** The other log's signed checkpoint. */
  readonly note: string;
  /** The other log's key; its name is the origin that the checkpoint must have. */
  readonly logKey: NoteVerifier;
  /** The newest checkpoint of that log that this cosigner signed before; undefined for the first. Keep it. */
  readonly previous?: Checkpoint;
  /** Consistency proof from `previous` to the new checkpoint; empty for the first. */
  readonly proof: readonly Uint8Array[];
  readonly cosigner: NoteSigner;
}

/**
 * Adds a cosignature to another log's checkpoint after checking that the log signed it and that its tree starts with the
 * one cosigned before: whoever trusts the cosigner then knows that the log never showed two histories. Throws
 * `note-unsigned`, `note-malformed`, `checkpoint-malformed`, or `checkpoint-inconsistent` for another origin, a smaller tree or
 * a rewritten one. The checkpoint returned is the next `previous`.
 */
export function cosignCheckpoint(request: CosignRequest): { readonly note: string; readonly checkpoint: Checkpoint } {
  const { note, logKey, previous, proof, cosigner } = request;
  const checkpoint = parseCheckpoint(verifyNote(note, [logKey]).text);
  if (checkpoint.origin !== logKey.name) throw inconsistent('is of another log');
  if (previous) {
    const { size: oldSize, root: oldRoot } = previous;
    const { size: newSize, root: newRoot } = checkpoint;
    if (previous.origin !== checkpoint.origin) throw inconsistent('is of another log');
    if (!verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof })) {
      throw inconsistent('does not continue the one cosigned before');
    }
  }
  return { note: addSignature(note, cosigner), checkpoint };
}

function inconsistent(what: string): LedgerError {
  return new LedgerError('checkpoint-inconsistent', `The checkpoint ${what}`);
}
