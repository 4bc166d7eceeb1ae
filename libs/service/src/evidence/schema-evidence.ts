import { dataMap, type SqlRunner, type Table } from '@millrace/privacy';

/** Tables that TypeORM keeps for itself. */
const NOT_OURS = ['schema_migration'];

/** Live columns beside declared ones, by `table.column`. */
async function columnsOf(tx: SqlRunner, tables: readonly Table[]) {
  const live = await tx.query<{ table: string; column: string }>(
    `select c.relname as table, a.attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped`,
  );
  const declared = dataMap(tables);
  const known = new Set(declared.map((one) => `${one.table}.${one.column}`));
  const names = live.filter((one) => !NOT_OURS.includes(one.table)).map((one) => `${one.table}.${one.column}`);
  return { declared, known, names, undeclared: names.filter((name) => !known.has(name)) };
}

/** Whether each live column is declared, and each personal one has its period. */
export async function unclassifiedColumns(tx: SqlRunner, tables: readonly Table[]) {
  const { declared, known, names, undeclared } = await columnsOf(tx, tables);
  const withoutRetention = declared.filter((one) => one.classification === 'personal' && !one.meaning?.retention);
  return {
    columns: names.length,
    unclassified: undeclared,
    missing: [...known].filter((name) => !names.includes(name)),
    withoutRetention: withoutRetention.map((one) => `${one.table}.${one.column}`),
  };
}

/** The categories of data that rows are held of, the purposes of those, and the columns that nobody can tell of. */
export async function dataHeld(tx: SqlRunner, tables: readonly Table[]) {
  const { declared, undeclared } = await columnsOf(tx, tables);
  const filled = new Set<string>();
  for (const { name } of tables) {
    const [row] = await tx.query<{ isFilled: boolean }>(`select exists (select 1 from ${name}) as "isFilled"`);
    if (row!.isFilled) filled.add(name);
  }
  const held = declared.filter(({ table }) => filled.has(table));
  const distinct = (values: readonly (string | undefined)[]) =>
    [...new Set(values.filter((value) => value !== undefined))].sort();
  return {
    categories: distinct(held.map(({ meaning }) => meaning?.category)),
    purposes: distinct(held.flatMap(({ meaning }) => meaning?.purposes ?? [])),
    undeclared,
  };
}
