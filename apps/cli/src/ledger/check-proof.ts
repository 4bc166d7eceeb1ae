import { readFileSync } from 'node:fs';
import { Problem } from '@millrace/kernel';
import {
  type BundleVerdict,
  parseCheckpoint,
  parseVerifierKey,
  verifyConsistency,
  verifyNote,
  verifyProofBundle,
} from '@millrace/ledger';
import { z } from 'zod';
import { cliProblems } from '../region/problems.js';

/** What `ledger proof --json` prints; the key in it is not believed. */
const Printed = z.looseObject({ proof: z.unknown() });

/**
 * Checks a proof without a region: the bundle as the API gives it, or what `millrace ledger proof --json` printed.
 *
 * @param key the ledger's verifier key, from somewhere else than the proof: whoever forges one forges the other
 * @param cosigners keys of other holders who must have signed the checkpoint too
 * @throws Problem `cli.usage` for a text that is no JSON
 */
export function checkProof(text: string, key: string, cosigners: readonly string[] = []): BundleVerdict {
  const verdict = verifyProofBundle(bundleOf(text), key.trim(), cosigners);
  if (!verdict.ok) return verdict;
  const names = cosigners.map((one) => one.split('+')[0]!);
  return names.every((name) => verdict.cosignedBy.includes(name)) ? verdict : { ok: false, reason: 'note-not-signed' };
}

export interface ConsistencyVerdict {
  readonly holds: boolean;
  readonly oldSize: number;
  readonly newSize: number;
}

/**
 * Whether the tree of a checkpoint starts with that of an earlier one. Both must be signed by the key.
 *
 * @param proved what the ledger answered for the size of the earlier one
 * @throws LedgerError `note-unsigned`, `note-malformed` or `checkpoint-malformed` for a checkpoint that is none of this ledger
 */
export function checkConsistency(
  earlier: string,
  proved: { readonly proof: readonly string[]; readonly checkpoint: string },
  key: string,
): ConsistencyVerdict {
  const trusted = parseVerifierKey(key.trim());
  const read = (note: string) => parseCheckpoint(verifyNote(note, [trusted]).text);
  const [{ origin, size: oldSize, root: oldRoot }, later] = [read(earlier), read(proved.checkpoint)];
  const { size: newSize, root: newRoot } = later;
  const proof = proved.proof.map((hash) => Buffer.from(hash, 'base64'));
  const isOneLog = origin === trusted.name && later.origin === trusted.name;
  return { holds: isOneLog && verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof }), oldSize, newSize };
}

/** @throws Problem `cli.usage` for a file that cannot be read */
export function readProofFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Problem(cliProblems.usage, { detail: `The file ${file} cannot be read.`, cause });
  }
}

function bundleOf(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    const printed = Printed.safeParse(json);
    return printed.success && printed.data.proof && !Array.isArray(printed.data.proof) ? printed.data.proof : json;
  } catch {
    throw new Problem(cliProblems.usage, { detail: 'The proof is not JSON.' });
  }
}
