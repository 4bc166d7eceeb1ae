import { ConnectorError, type TargetColumn, type WriteMode, type WriteRequest } from '@millrace/connector-sdk';
import type pg from 'pg';
import type { Connected } from '../connection/connected.js';
import { creationType } from '../catalog/column-type.js';
import { type CatalogColumn, type CatalogTable, readCatalog } from '../catalog/read-catalog.js';
import { identifier, identifiers, qualified } from '../sql.js';
import { evolveTarget } from './evolve-target.js';
import { tolerant } from './tolerant.js';

/** Kinds whose bytes mean the same, so that one may be written where the other stands. */
const SAME_BYTES: Partial<Record<string, string>> = { timestamptz: 'timestamp', json: 'text' };

/** Modes that find a record by its key. */
const KEYED: readonly WriteMode[] = ['upsert', 'update', 'changes'];

/** Finds the target or creates it, lets it follow its source where it may, and checks that the batches fit. */
export async function prepareTarget({ client, tables }: Connected, request: WriteRequest): Promise<CatalogTable> {
  const stream = `${request.target.schema}.${request.target.name}`;
  let table = tables.get(stream) ?? (await readCatalog(client, [stream]))[0];
  // Write-back changes what is there; a table of nothing would hide a wrong name.
  if (!table && request.mode === 'update') throw new ConnectorError('missing-stream', { stream });
  if (!table) {
    await create(client, request);
    table = (await readCatalog(client, [stream]))[0];
  }
  if (!table) throw new ConnectorError('forbidden', { stream });
  if (request.evolve && (await evolveTarget(client, table, request.columns, request.evolve))) {
    tables.delete(stream);
    table = (await readCatalog(client, [stream]))[0]!;
  }
  checkColumns(table, request.columns, stream);
  if (KEYED.includes(request.mode) && !hasKey(table, request.key))
    throw new ConnectorError('target-without-key', { stream });
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

async function create(client: pg.ClientBase, { target, columns, key, mode }: WriteRequest): Promise<void> {
  const definitions = columns.map(({ name, kind, sourceType, nullable }) => {
    const mandatory = nullable && !key.includes(name) ? '' : ' NOT NULL';
    return `${identifier(name)} ${creationType(kind, sourceType)}${mandatory}`;
  });
  // The same record may be appended again and again.
  const primaryKey = mode === 'append' || key.length === 0 ? '' : `, PRIMARY KEY (${identifiers(key)})`;
  const schemas = await client.query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [target.schema]);
  if (schemas.rowCount === 0) await tolerant(client, `CREATE SCHEMA ${identifier(target.schema)}`);
  const name = qualified(target.schema, target.name);
  await tolerant(client, `CREATE TABLE ${name} (${definitions.join(', ')}${primaryKey})`);
}
