import type { HoldOrder } from '@millrace/contracts';
import { legalHolds, type Tx } from '@millrace/persistence';
import { HeldRows, type Table } from '@millrace/privacy';

/** Whoever erases or sweeps shares it until the end of the transaction; whoever changes the holds has it alone. */
const LOCK = `hashtext('legal-holds')`;

/** What is under a hold now, for a transaction that erases: no hold comes into force before it has ended. */
export async function heldRows(tx: Tx, tables: readonly Table[]): Promise<HeldRows> {
  await tx.query(`select pg_advisory_xact_lock_shared(${LOCK})`);
  return heldNow(tx, tables);
}

/** The same for a transaction that only looks. */
export async function heldNow(tx: Tx, tables: readonly Table[]): Promise<HeldRows> {
  const rows = await tx.table(legalHolds).find();
  const holds = rows.map(({ subject, orgId, rowsFrom, rowsUntil }) => ({
    ...(subject ? { subject } : {}),
    ...(orgId ? { orgId } : {}),
    ...(rowsFrom ? { from: rowsFrom } : {}),
    ...(rowsUntil ? { until: rowsUntil } : {}),
  }));
  return new HeldRows(tables, holds);
}

/** Puts a list of holds in place of the one before, unless a newer one is here. Answers the version that is in force. */
export async function keepHolds(tx: Tx, { version, holds }: HoldOrder): Promise<number> {
  await tx.query(`select pg_advisory_xact_lock(${LOCK})`);
  const [list] = await tx.query<{ version: string }>('select version from legal_hold_list where id = 1');
  const known = Number(list?.version ?? 0);
  if (known >= version) return known;
  await tx.query('delete from legal_hold');
  for (const { holdId, subject, orgId, from, until } of holds)
    await tx.table(legalHolds).insert({
      ...{ id: holdId, subject: subject ?? null, orgId: orgId ?? null },
      ...{ rowsFrom: from ? new Date(from) : null, rowsUntil: until ? new Date(until) : null },
    } as never);
  await tx.query(
    'insert into legal_hold_list (id, version) values (1, $1) on conflict (id) do update set version = excluded.version',
    [version],
  );
  return version;
}
