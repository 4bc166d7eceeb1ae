import type { Checkpoint } from '@millrace/ledger';
import type { Tx } from '@millrace/persistence';
import type { LedgerSigner } from './ledger-signer.js';

/**
 * Stored checkpoints whose signatures are verified, evenly spread: bounded so that their verification stays a matter of seconds.
 * The texts of all of them are held against their columns, and the newest is always among those that are verified.
 */
export const MAX_VERIFIED = 10_000;
const MAX_FORGED = 1_000;

export interface VerifiedCheckpoints {
  /** Whose signatures hold, by size. */
  readonly checkpoints: readonly Checkpoint[];
  /** Sizes of those that this ledger did not sign, or whose columns say something else. */
  readonly forged: readonly number[];
}

/** Verifies the stored checkpoints up to a size. */
export async function verifyCheckpoints(tx: Tx, signer: LedgerSigner, size: number): Promise<VerifiedCheckpoints> {
  const checkpoints: Checkpoint[] = [];
  const forged = new Set(await differingColumns(tx, signer.origin));
  for (const { treeSize, note } of await evenlySpread(tx, size)) {
    const checkpoint = readOrNothing(signer, note);
    if (checkpoint?.size === treeSize) checkpoints.push(checkpoint);
    else forged.add(treeSize);
  }
  return { checkpoints, forged: [...forged].sort((a, b) => a - b) };
}

/** Those whose note does not begin with origin, size and root of the row. */
async function differingColumns(tx: Tx, origin: string): Promise<number[]> {
  const rows = await tx.query<{ size: string }>(
    `select tree_size as size from ledger_checkpoint
     where not starts_with(note, concat_ws(E'\\n', $1::text, tree_size, encode(root, 'base64'), '')) order by 1 limit ${MAX_FORGED}`,
    [origin],
  );
  return rows.map((row) => Number(row.size));
}

async function evenlySpread(tx: Tx, size: number): Promise<{ treeSize: number; note: string }[]> {
  const rows = await tx.query<{ size: string; note: string }>(
    `select tree_size as size, note from (
       select tree_size, note, row_number() over (order by tree_size desc) - 1 as place, count(*) over () as total
       from ledger_checkpoint where tree_size <= $1) all_of_them
     where place % ceil(total / $2::float8)::bigint = 0 order by tree_size`,
    [size, MAX_VERIFIED],
  );
  return rows.map((row) => ({ treeSize: Number(row.size), note: row.note }));
}

/** The checkpoint of a note, when this ledger signed it. */
export function readOrNothing(signer: LedgerSigner, note: string): Checkpoint | undefined {
  try {
    return signer.read(note);
  } catch {
    // Whatever is wrong with it, the ledger did not sign it.
    return undefined;
  }
}
