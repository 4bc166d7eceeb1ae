import { type AuditPage, PAGE_LEVEL } from '@millrace/ledger';
import type { BulkReader } from '@millrace/persistence';

/** Line breaks and tabs of a tampered row only make its columns differ. */
const leaves = (from: number, to: number) => `
  select leaf_index, leaf, at, concat_ws(E'\\t', source, event, coalesce(org_id::text, ''), entry_id::text, source_number::text)
  from ledger_leaf where leaf_index >= ${from} and leaf_index < ${to} order by leaf_index`;

const personal = (from: number, to: number) => `
  select leaf_index, field, salt, value from ledger_personal where leaf_index >= ${from} and leaf_index < ${to}`;

/** Level by level, each from left to right; what lies between two levels’ ends cannot hide, because lengths would differ. */
const hashes = (from: number, to: number) => `
  select string_agg(hash, '') from (
    select node.hash from generate_series(0, ${PAGE_LEVEL}) as wanted(level) cross join lateral (
      select hash from ledger_node where level = wanted.level and position >= ${from}::bigint >> wanted.level
        and position < ${to}::bigint >> wanted.level order by position) node
    order by wanted.level) nodes`;

/** Reads the rows of the leaves `from` to `to - 1`. */
export async function readPage(
  reader: BulkReader,
  from: number,
  to: number,
  stops: readonly number[],
): Promise<AuditPage> {
  return {
    from,
    to,
    stops,
    leaves: await reader.copy(leaves(from, to)),
    personal: await reader.copy(personal(from, to)),
    hashes: await reader.copy(hashes(from, to)),
  };
}
