import type pg from 'pg';

/** Kept by TypeORM for itself. */
const NOT_OURS = `'schema_migration'`;

/** What decides how a database behaves, read from the catalog in a form that two databases can be compared by. */
export interface Catalog {
  /** Without those of partitions, which are their table's. */
  readonly columns: Record<string, string>;
  readonly tables: Record<string, string>;
  readonly constraints: string[];
  readonly indexes: string[];
  readonly policies: Record<string, string>;
  readonly grants: string[];
  readonly triggers: string[];
  readonly functions: string[];
}

const QUERIES = {
  columns: `select c.relname || '.' || a.attname as name, concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
      'default ' || pg_get_expr(d.adbin, d.adrelid)) as value
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and not c.relispartition
      and c.relname <> ${NOT_OURS}`,
  tables: `select relname as name, concat_ws(' ', relkind, relpersistence, relrowsecurity, relforcerowsecurity, relowner::regrole,
      pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid)) as value
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> ${NOT_OURS}`,
  constraints: `select conrelid::regclass::text || ' ' || contype::text || ' ' || pg_get_constraintdef(oid) as value from pg_constraint
    where connamespace = 'public'::regnamespace and conrelid <> 0 and conrelid::regclass::text <> ${NOT_OURS}`,
  indexes: `select indexdef as value from pg_indexes where schemaname = 'public' and tablename <> ${NOT_OURS}`,
  policies: `select tablename || '.' || policyname as name, concat_ws(' | ', permissive, cmd, roles::text, qual, with_check) as value
    from pg_policies where schemaname = 'public'`,
  grants: `select c.relname || ' ' || coalesce(acl::text, '-') as value from pg_class c left join lateral unnest(relacl) acl on true
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'S') and relname <> ${NOT_OURS} and relname not like 'schema_migration%'`,
  triggers: `select tgrelid::regclass::text || ' ' || pg_get_triggerdef(oid) as value from pg_trigger where not tgisinternal`,
  functions: `select pg_get_functiondef(oid) || coalesce(proacl::text, '-') as value from pg_proc where pronamespace = 'public'::regnamespace`,
} as const;

export async function catalogOf(client: pg.Client): Promise<Catalog> {
  const answers: Record<string, unknown> = {};
  for (const [part, sql] of Object.entries(QUERIES)) {
    const { rows } = await client.query<{ name?: string; value: string }>(`${sql} order by 1`);
    answers[part] =
      rows[0] && 'name' in rows[0]
        ? Object.fromEntries(rows.map((row) => [row.name, row.value]))
        : rows.map((row) => row.value).sort();
  }
  return answers as unknown as Catalog;
}
