import { HASH_BYTES, MerkleAccumulator, SALT_BYTES, type TreeNode, type TreeReader } from '@millrace/ledger';
import type { Tx } from '@millrace/persistence';
import type { Leaf, PersonalField } from './leaf-of-entry.js';

/** The lock that makes appenders of a region take turns: the word "ledger" in ASCII. */
export const APPENDER_LOCK = 0x6c65_6467_6572;

export interface StoredCheckpoint {
  readonly size: number;
  readonly root: Buffer;
  readonly note: string;
}

/** Makes this transaction the only appender until it ends. */
export async function becomeAppender(tx: Tx): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [APPENDER_LOCK]);
}

/** The number of the last entry that the ledger has of a source; 0 when it has none. */
export async function lastNumberOf(tx: Tx, source: string): Promise<number> {
  const [row] = await tx.query<{ last: string }>('select last_number as last from ledger_source where source = $1', [
    source,
  ]);
  return Number(row?.last ?? 0);
}

/** The newest checkpoint, undefined for a ledger without entries. */
export async function latestCheckpoint(tx: Tx): Promise<StoredCheckpoint | undefined> {
  const [row] = await tx.query<{ size: string; root: Buffer; note: string }>(
    'select tree_size as size, root, note from ledger_checkpoint order by tree_size desc limit 1',
  );
  return row && { ...row, size: Number(row.size) };
}

/** The tree as the newest checkpoint signed it, ready to grow. @throws Error when the stored hashes are not those that were signed */
export async function loadTree(tx: Tx, checkpoint: StoredCheckpoint | undefined): Promise<MerkleAccumulator> {
  const size = checkpoint?.size ?? 0;
  const peaks = peaksOf(size);
  const rows = await tx.query<{ hash: Buffer }>(
    `select n.hash from unnest($1::int[], $2::bigint[]) as peak(level, position)
     join ledger_node n using (level, position) order by peak.level desc`,
    [peaks.map((peak) => peak.level), peaks.map((peak) => peak.position)],
  );
  const tree = new MerkleAccumulator({ size, hashes: rows.map((row) => row.hash) });
  if (checkpoint && !tree.root().equals(checkpoint.root))
    throw new Error('The ledger’s stored hashes are not those of its newest checkpoint');
  return tree;
}

/** The maximal complete subtrees of a tree, the largest first: one for each bit of its size. */
function peaksOf(size: number): { level: number; position: number }[] {
  const peaks: { level: number; position: number }[] = [];
  for (let level = 0, width = 1; width <= size; level++, width *= 2) {
    const subtrees = Math.floor(size / width);
    if (subtrees % 2 === 1) peaks.unshift({ level, position: subtrees - 1 });
  }
  return peaks;
}

/** A personal field with the place of its leaf in the batch. */
export interface PlacedField extends PersonalField {
  readonly leaf: number;
}

export interface Growth {
  readonly source: string;
  readonly firstIndex: number;
  readonly leaves: readonly Leaf[];
  readonly personal: readonly PlacedField[];
  readonly nodes: readonly TreeNode[];
  readonly checkpoint: StoredCheckpoint;
  readonly at: Date;
}

/**
 * Everything that one batch adds, in one statement. Bytes of many rows travel in one piece each: as an array every one of them
 * would be written in hexadecimal digits and read again on the other side.
 */
const INSERT_GROWTH = `
  with leaf as (
    insert into ledger_leaf (leaf_index, entry_id, org_id, source, source_number, event, at, leaf)
    select $1::bigint + row.place - 1, row.entry_id, row.org_id, $2, row.number, row.event, row.at,
      substring($8::bytea from row.start for row.length)
    from unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::timestamptz[], $23::int[], $24::int[])
      with ordinality as row(entry_id, org_id, number, event, at, start, length, place)
  ), personal as (
    insert into ledger_personal (leaf_index, field, subject_id, value, salt, at)
    select $1::bigint + row.leaf, row.field, row.subject_id, row.value,
      substring($13::bytea from (row.place::int - 1) * ${SALT_BYTES} + 1 for ${SALT_BYTES}), row.at
    from unnest($9::int[], $10::text[], $11::uuid[], $12::text[], $14::timestamptz[])
      with ordinality as row(leaf, field, subject_id, value, at, place)
  ), node as (
    insert into ledger_node (level, position, hash)
    select row.level, row.position, substring($17::bytea from (row.place::int - 1) * ${HASH_BYTES} + 1 for ${HASH_BYTES})
    from unnest($15::int[], $16::bigint[]) with ordinality as row(level, position, place)
  ), source as (
    insert into ledger_source (source, last_number) values ($2, $18)
    on conflict (source) do update set last_number = excluded.last_number
  )
  insert into ledger_checkpoint (tree_size, root, note, at) values ($19, $20, $21, $22)`;

export async function insertGrowth(
  tx: Tx,
  { source, firstIndex, leaves, personal, nodes, checkpoint, at }: Growth,
): Promise<void> {
  const entries = leaves.map((leaf) => leaf.entry);
  await tx.query(INSERT_GROWTH, [
    firstIndex,
    source,
    entries.map((one) => one.entryId),
    entries.map((one) => one.orgId ?? null),
    entries.map((one) => one.number),
    entries.map((one) => one.event),
    entries.map((one) => one.at),
    Buffer.concat(leaves.map((one) => one.bytes)),
    personal.map((one) => one.leaf),
    personal.map((one) => one.field),
    personal.map((one) => one.subjectId),
    personal.map((one) => one.value),
    Buffer.concat(personal.map((one) => one.salt)),
    personal.map((one) => one.at),
    nodes.map((one) => one.level),
    nodes.map((one) => one.index),
    Buffer.concat(nodes.map((one) => one.hash)),
    entries.at(-1)!.number,
    checkpoint.size,
    checkpoint.root,
    checkpoint.note,
    at,
    startsOf(leaves.map((one) => one.bytes.length)),
    leaves.map((one) => one.bytes.length),
  ]);
}

/** Where each of several pieces begins when they lie one after the other, from 1 as in SQL. */
function startsOf(lengths: readonly number[]): number[] {
  let next = 1;
  return lengths.map((length) => (next += length) - length);
}

/** Reads stored hashes for proofs and audits, one statement at a time: a transaction has one connection. */
export function treeReader(query: Tx['query']): TreeReader {
  let turn: Promise<unknown> = Promise.resolve();
  const read = async (level: number, start: number, count: number) => {
    const rows = await query<{ hash: Buffer }>(
      'select hash from ledger_node where level = $1 and position >= $2 and position < $3 order by position',
      [level, start, start + count],
    );
    return rows.map((row) => row.hash);
  };
  return {
    readHashes(level, start, count) {
      const result = turn.then(() => read(level, start, count));
      turn = result.catch(() => undefined);
      return result;
    },
  };
}

/** Whether the ledger has all these entries of the source. */
export async function areKnown(tx: Tx, source: string, entryIds: readonly string[]): Promise<boolean> {
  if (entryIds.length === 0) return true;
  const [row] = await tx.query<{ known: number }>(
    'select count(*)::int as known from ledger_leaf where source = $1 and entry_id = any($2::uuid[])',
    [source, entryIds],
  );
  return row!.known === entryIds.length;
}
