import { type Table, tenantColumn, toSnake } from '@millrace/privacy';
import type { EvidenceReader } from '../definition.js';

/** Whether row-level security is forced wherever rows belong to somebody, and what a stranger sees. */
export async function tenantIsolation(
  { tx, asStranger }: Parameters<EvidenceReader>[0],
  tables: readonly Table[],
  appRole: string,
) {
  const guarded = tables.filter(
    (one) => tenantColumn(one) !== undefined || one.options.guards.some((guard) => guard.subject),
  );
  const names = guarded.map((one) => one.name);
  const unforced = await tx.query<{ table: string }>(
    `select relname as table from pg_class where relnamespace = 'public'::regnamespace and relname = any($1)
     and not (relrowsecurity and relforcerowsecurity)`,
    [names],
  );
  const wideOpen = await tx.query<{ table: string; policy: string }>(
    `select tablename as table, policyname as policy from pg_policies
     where schemaname = 'public' and tablename = any($1) and ($2 = any(roles) or 'public' = any(roles)) and qual = 'true'`,
    [names, appRole],
  );
  const bypassing = await tx.query<{ role: string }>(
    'select rolname as role from pg_roles where rolname = $1 and (rolbypassrls or rolsuper)',
    [appRole],
  );
  const visible: { table: string; rows: number }[] = [];
  for (const name of names) {
    const rows = await rowsVisibleTo(asStranger, name);
    if (rows) visible.push({ table: toSnake(name), rows });
  }
  return {
    tables: names.length,
    unforced: unforced.map((one) => one.table),
    wideOpen,
    bypassing: bypassing.map((one) => one.role),
    visible,
  };
}

/** Rows that a stranger sees; a table that the role may not read at all shows none. */
async function rowsVisibleTo(asStranger: Parameters<EvidenceReader>[0]['asStranger'], name: string): Promise<number> {
  try {
    const [row] = await asStranger((tx) =>
      tx.query<{ rows: number }>(`select count(*)::int as rows from (select 1 from ${name} limit 100) seen`),
    );
    return row!.rows;
  } catch (error) {
    if ((error as { driverError?: { code?: string } }).driverError?.code === '42501') return 0;
    throw error;
  }
}
