import { ConnectorError } from '@millrace/connector-sdk';
import type pg from 'pg';
import { identifier, identifiers, qualified } from '../sql.js';
import { sqlState, translateError } from '../translate-error.js';
import type { FollowedTable } from './followed-table.js';

/** From here on a publication can be limited to columns. On older servers the feed drops the others as they arrive. */
const COLUMN_LISTS_VERSION = 150_000;
/** Also refused: a publication of all tables cannot be narrowed. */
const NOT_OURS = new Set(['42501', '55000']);

interface Published {
  readonly stream: string;
  /** Sorted; all columns when the publication names none. */
  readonly columns: readonly string[] | null;
}

/**
 * Makes the publication tell of exactly these tables and columns. One that somebody else made under this name is used as
 * it is when it tells enough, so that following does not need a table's owner. Gives whether it was created.
 */
export async function ensurePublication(
  client: pg.ClientBase,
  name: string,
  tables: readonly FollowedTable[],
  version: number,
): Promise<boolean> {
  const withColumns = version >= COLUMN_LISTS_VERSION;
  const published = await publishedTables(client, name, withColumns);
  if (published && tables.length === published.length && tables.every((table) => tells(published, table, true)))
    return false;
  const objects = `TABLE ${tables.map((table) => publishedTable(table, withColumns)).join(', ')}`;
  const options = [
    `publish = 'insert, update, delete, truncate'`,
    'publish_via_partition_root = true',
    ...(tables.some(({ generated }) => generated) ? ['publish_generated_columns = stored'] : []),
  ];
  const statement = published
    ? `ALTER PUBLICATION ${identifier(name)} SET ${objects}`
    : `CREATE PUBLICATION ${identifier(name)} FOR ${objects} WITH (${options.join(', ')})`;
  try {
    await client.query(statement);
    return !published;
  } catch (error) {
    const state = sqlState(error) ?? '';
    if (!NOT_OURS.has(state)) throw translateError(error, tables[0]?.followed.stream);
    const missing = tables.find((table) => !published || !tells(published, table, false));
    if (missing)
      throw new ConnectorError('publication-forbidden', { stream: missing.followed.stream, sqlState: state });
    return false;
  }
}

/** Removes the publication; one that belongs to somebody else stays. */
export async function dropPublication(client: pg.ClientBase, name: string): Promise<void> {
  try {
    await client.query(`DROP PUBLICATION IF EXISTS ${identifier(name)}`);
  } catch (error) {
    if (sqlState(error) !== '42501') throw error;
  }
}

async function publishedTables(
  client: pg.ClientBase,
  name: string,
  withColumns: boolean,
): Promise<Published[] | undefined> {
  const { rows } = await client.query<{ published: Published[] | null }>(
    `SELECT (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('stream', t.schemaname || '.' || t.tablename,
         'columns', ${withColumns ? 't.attnames' : 'NULL'})) FROM pg_catalog.pg_publication_tables t WHERE t.pubname = p.pubname) AS published
     FROM pg_catalog.pg_publication p WHERE p.pubname = $1`,
    [name],
  );
  return rows[0] && (rows[0].published ?? []);
}

/** Whether the publication tells what the feed needs of a table, and, if `exactly`, no column more. */
function tells(
  published: readonly Published[],
  { followed, columns, table }: FollowedTable,
  exactly: boolean,
): boolean {
  const found = published.find(({ stream }) => stream === followed.stream);
  if (!found) return false;
  if (!found.columns) return true;
  const needed = columns ?? table.columns.filter(({ generated }) => !generated).map(({ name }) => name);
  const told = new Set(found.columns);
  return needed.every((column) => told.has(column)) && (!exactly || !columns || told.size === columns.length);
}

function publishedTable({ table, columns }: FollowedTable, withColumns: boolean): string {
  const name = qualified(table.schema, table.name);
  return withColumns && columns ? `${name} (${identifiers(columns)})` : name;
}
