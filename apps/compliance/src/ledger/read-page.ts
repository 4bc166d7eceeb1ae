import { type AuditPage, PAGE_LEVEL } from '@millrace/ledger';
import type { Tx } from '@millrace/persistence';

/**
 * Rows of a page, each column in one piece: one value that is parsed at once instead of tens of thousands. Where text is
 * expected, line breaks and tabs of a tampered row only make its columns differ.
 */
const LEAVES = `
  select string_agg(int4send((leaf_index - $1)::int), '') as offsets, string_agg(int4send(octet_length(leaf)), '') as lengths,
    string_agg(leaf, '') as leaves, string_agg(timestamptz_send(at), '') as instants,
    string_agg(concat_ws(E'\\t', source, event, coalesce(org_id::text, ''), entry_id::text, source_number::text), E'\\n') as columns
  from (select * from ledger_leaf where leaf_index >= $1 and leaf_index < $2 order by leaf_index) leaf`;

const PERSONAL = `
  select string_agg(int4send((leaf_index - $1)::int), '') as offsets, string_agg(field, E'\\n') as fields,
    string_agg(salt, '') as salts, string_agg(int4send(octet_length(value)), '') as lengths,
    string_agg(convert_to(value, 'UTF8'), '') as values
  from (select leaf_index, personal.* from ledger_leaf leaf cross join lateral (
    select field, salt, value from ledger_personal where entry_id = leaf.entry_id offset 0) personal
    where leaf_index >= $1 and leaf_index < $2) personal`;

/** Level by level, each from left to right; what lies between two levels’ ends cannot hide, because lengths would differ. */
const HASHES = `
  select string_agg(hash, '') as hashes from (
    select node.hash from generate_series(0, ${PAGE_LEVEL}) as wanted(level) cross join lateral (
      select hash from ledger_node where level = wanted.level and position >= $1::bigint >> wanted.level
        and position < $2::bigint >> wanted.level order by position) node
    order by wanted.level) nodes`;

/** Pages are read by key. Statistics of a table that has just grown by a million rows would have it read whole for each. */
const BY_KEY = `select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`;

const NOTHING = Buffer.alloc(0);

type Packed = Record<string, Buffer & string>;

/** Reads the rows of the leaves `from` to `to - 1`. */
export async function readPage(tx: Tx, from: number, to: number, stops: readonly number[]): Promise<AuditPage> {
  await tx.query(BY_KEY);
  const [leaves] = await tx.query<Packed>(LEAVES, [from, to]);
  const [personal] = await tx.query<Packed>(PERSONAL, [from, to]);
  const [nodes] = await tx.query<Packed>(HASHES, [from, to]);
  const bytes = (of: Packed | undefined, name: string): Uint8Array => of?.[name] ?? NOTHING;
  const text = (of: Packed | undefined, name: string): string => of?.[name] ?? '';
  return {
    from,
    to,
    stops,
    hashes: bytes(nodes, 'hashes'),
    leaves: {
      offsets: bytes(leaves, 'offsets'),
      lengths: bytes(leaves, 'lengths'),
      leaves: bytes(leaves, 'leaves'),
      instants: bytes(leaves, 'instants'),
      columns: text(leaves, 'columns'),
    },
    personal: {
      offsets: bytes(personal, 'offsets'),
      fields: text(personal, 'fields'),
      salts: bytes(personal, 'salts'),
      lengths: bytes(personal, 'lengths'),
      values: bytes(personal, 'values'),
    },
  };
}
