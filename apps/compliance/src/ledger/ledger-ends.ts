import type { Tx } from '@millrace/persistence';

/** What lies outside the tree that the newest checkpoint signed. */
export type EndFinding =
  /** Leaves and their hashes have no checkpoint any more: the newest was removed. */
  | { readonly kind: 'checkpoint-missing'; readonly treeSize: number }
  /** A stored hash that belongs to no subtree. */
  | { readonly kind: 'hash-inserted'; readonly level: number; readonly position: number }
  /** Personal fields of a leaf that there is not. */
  | { readonly kind: 'personal-inserted'; readonly index: number };

export interface LedgerEnds {
  /** Whether leaves, their hashes and checkpoints end at the same size. */
  readonly areEven: boolean;
  readonly findings: readonly EndFinding[];
}

/** All ends in one statement, so that they are of one moment while the ledger goes on growing. */
const ENDS = `
  with ends as (
    select coalesce((select max(leaf_index) + 1 from ledger_leaf), 0) as leaves,
      coalesce((select max(position) + 1 from ledger_node where level = 0), 0) as hashes,
      coalesce((select max(tree_size) from ledger_checkpoint), 0) as signed,
      coalesce((select min(leaf_index) from ledger_leaf), 0) as first)
  select leaves, hashes, signed, first, (
    select coalesce(jsonb_agg(jsonb_build_object('level', level, 'position', position)), '[]') from (
      select node.level, node.position from generate_series(1, 52) as wanted(level) cross join lateral (
        (select level, position from ledger_node where level = wanted.level and position >= ends.signed >> wanted.level order by position limit 20)
        union all
        (select level, position from ledger_node where level = wanted.level and position < 0 limit 20)) node
      union all (select level, position from ledger_node where level < 0 limit 20)
      union all (select level, position from ledger_node where level > 52 limit 20)
      union all (select level, position from ledger_node where level = 0 and position < 0 limit 20)) stray
  ) as strays, array(
    (select leaf_index from ledger_personal where leaf_index >= ends.leaves order by leaf_index limit 20) union
    (select leaf_index from ledger_personal where leaf_index < 0 limit 20)) as unplaced
  from ends`;

interface Row {
  readonly leaves: string;
  readonly hashes: string;
  readonly signed: string;
  readonly first: string;
  readonly strays: { level: number; position: number }[];
  readonly unplaced: string[];
}

/** Where the ledger's tables end. */
export async function readEnds(tx: Tx): Promise<LedgerEnds> {
  const [row] = await tx.query<Row>(ENDS);
  const [leaves, hashes, signed, first] = [row!.leaves, row!.hashes, row!.signed, row!.first].map(Number);
  const unsigned = leaves === hashes && leaves! > signed!;
  return {
    areEven: leaves === hashes && leaves === signed && first === 0,
    findings: [
      ...(unsigned ? [{ kind: 'checkpoint-missing' as const, treeSize: leaves! }] : []),
      ...row!.strays.map((stray) => ({ kind: 'hash-inserted' as const, ...stray })),
      ...row!.unplaced.map((index) => ({ kind: 'personal-inserted' as const, index: Number(index) })),
    ],
  };
}
