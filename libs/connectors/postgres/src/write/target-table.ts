import { ConnectorError, type TargetColumn, type WriteRequest } from '@millrace/connector-sdk';
import type pg from 'pg';
import { creationType } from '../catalog/column-type.js';
import { type CatalogColumn, type CatalogTable, readCatalog } from '../catalog/read-catalog.js';
import { identifier, identifiers, qualified } from '../sql.js';
import { sqlState } from '../translate-error.js';

/** Something of that name came into being between our look and our CREATE: fine, it is then used as it is. */
const ALREADY_THERE = new Set(['42P06', '42P07', '42710', '23505']);

/** Kinds whose bytes mean the same, so that one may be written where the other stands. */
const SAME_BYTES: Partial<Record<string, string>> = { timestamptz: 'timestamp', json: 'text' };

/** Finds the target or creates it, and checks that the batches fit. */
export async function prepareTarget(client: pg.ClientBase, request: WriteRequest): Promise<CatalogTable> {
  const stream = `${request.target.schema}.${request.target.name}`;
  let [table] = await readCatalog(client, [stream]);
  if (!table) {
    await create(client, request);
    [table] = await readCatalog(client, [stream]);
  }
  if (!table) throw new ConnectorError('forbidden', { stream });
  checkColumns(table, request.columns, stream);
  if (!hasKey(table, request.key)) throw new ConnectorError('target-without-key', { stream });
  return table;
}

/** Whether a unique constraint stands on exactly these columns, in any order. */
function hasKey(table: CatalogTable, key: readonly string[]): boolean {
  const wanted = [...key].sort().join('\0');
  return table.keys.some((columns) => [...columns].sort().join('\0') === wanted);
}

function checkColumns(table: CatalogTable, columns: readonly TargetColumn[], stream: string): void {
  for (const column of columns) {
    const found = table.columns.find(({ name }) => name === column.name);
    if (!found) throw new ConnectorError('missing-field', { stream, field: column.name });
    if (found.generated || !accepts(found, column))
      throw new ConnectorError('incompatible-field', { stream, field: column.name });
  }
}

function accepts(found: CatalogColumn, column: TargetColumn): boolean {
  if (found.kind === 'native') return column.kind === 'native' && found.sourceType === column.sourceType;
  return found.kind === column.kind || SAME_BYTES[found.kind] === column.kind || SAME_BYTES[column.kind] === found.kind;
}

async function create(client: pg.ClientBase, { target, columns, key }: WriteRequest): Promise<void> {
  const definitions = columns.map(({ name, kind, sourceType, nullable }) => {
    const mandatory = nullable && !key.includes(name) ? '' : ' NOT NULL';
    return `${identifier(name)} ${creationType(kind, sourceType)}${mandatory}`;
  });
  const keyColumns = identifiers(key);
  const schemas = await client.query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [target.schema]);
  if (schemas.rowCount === 0) await tolerant(client, `CREATE SCHEMA ${identifier(target.schema)}`);
  const name = qualified(target.schema, target.name);
  await tolerant(client, `CREATE TABLE ${name} (${definitions.join(', ')}, PRIMARY KEY (${keyColumns}))`);
}

async function tolerant(client: pg.ClientBase, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    const state = sqlState(error);
    if (!state || !ALREADY_THERE.has(state)) throw error;
  }
}
