import type { Tx } from '@millrace/persistence';
import { type EnvelopeColumn, envelopeColumns, toSnake } from '@millrace/privacy';
import type { SealContext } from '@millrace/crypto';
import { envelopeContext } from '../organization/envelope-context.js';
import { tables } from '../tables.js';

/** Every column of the vault that is declared to hold envelopes, in the order of the declarations. */
export const fields: readonly EnvelopeColumn[] = envelopeColumns(tables);

export interface StoredEnvelope {
  readonly id: string;
  readonly envelope: Buffer;
  readonly context: SealContext;
}

/** Up to `limit` envelopes of an organization in a field, by id, after a row. */
export async function readEnvelopes(
  tx: Tx,
  { table, key, boundTo }: EnvelopeColumn,
  { orgId, after, limit }: { orgId: string; after: string | null; limit: number },
): Promise<StoredEnvelope[]> {
  const bound = boundTo.map((name) => `${toSnake(name)} as "${name}"`).join(', ');
  const column = toSnake(key);
  const rows = await tx.query<{ rowId: string; envelope: Buffer } & Record<string, unknown>>(
    `select id as "rowId", ${column} as envelope, ${bound} from ${table.name}
      where org_id = $1 and ${column} is not null and ($2::uuid is null or id > $2) order by id limit $3`,
    [orgId, after, limit],
  );
  return rows.map(({ rowId, envelope, ...row }) => ({
    id: rowId,
    envelope,
    context: envelopeContext(table, key, row as Parameters<typeof envelopeContext>[2]),
  }));
}

export interface Rewrapped {
  readonly id: string;
  readonly before: Buffer;
  readonly after: Buffer;
}

/** Replaces envelopes that are still the ones that were read: one revoked or replaced in the meantime stays as it is. */
export async function replaceEnvelopes(
  tx: Tx,
  { table, key }: EnvelopeColumn,
  rewrapped: readonly Rewrapped[],
): Promise<void> {
  const column = toSnake(key);
  await tx.query(
    `update ${table.name} set ${column} = one.after
       from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as one (id, before, after)
      where ${table.name}.id = one.id and ${table.name}.${column} = one.before`,
    [rewrapped.map(({ id }) => id), rewrapped.map(({ before }) => before), rewrapped.map(({ after }) => after)],
  );
}

/** How many envelopes an organization has. */
export async function countEnvelopes(tx: Tx, orgId: string): Promise<number> {
  const counts = fields.map(
    ({ table, key }) => `(select count(*) from ${table.name} where org_id = $1 and ${toSnake(key)} is not null)`,
  );
  const [row] = await tx.query<{ count: number }>(`select (${counts.join(' + ')})::int as count`, [orgId]);
  return row!.count;
}
