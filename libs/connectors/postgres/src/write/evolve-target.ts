import { type Evolution, type TargetColumn, widens } from '@millrace/connector-sdk';
import type pg from 'pg';
import { creationType } from '../catalog/column-type.js';
import type { CatalogColumn, CatalogTable } from '../catalog/read-catalog.js';
import { identifier, qualified } from '../sql.js';

/** Waiting for the lock makes every later reader wait behind us; the run is tried again instead. In milliseconds. */
const LOCK_TIMEOUT_MS = 2_000;

/**
 * Makes a table suffice for the columns, as far as `evolve` allows, in one statement: columns that it lacks are added,
 * nullable because of the records that are there, and narrow ones are widened. Widening an integer rewrites the table.
 * Gives whether anything was done.
 */
export async function evolveTarget(
  client: pg.ClientBase,
  table: CatalogTable,
  columns: readonly TargetColumn[],
  evolve: Evolution,
): Promise<boolean> {
  const changes = columns.flatMap((column) => changeFor(column, table, evolve));
  if (changes.length === 0) return false;
  const statement = `ALTER TABLE ${qualified(table.schema, table.name)} ${changes.join(', ')}`;
  try {
    await client.query(`BEGIN; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; ${statement}; COMMIT`);
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  return true;
}

function changeFor(column: TargetColumn, { columns }: CatalogTable, { add, widen }: Evolution): string[] {
  const found = columns.find(({ name }) => name === column.name);
  const type = creationType(column.kind, column.sourceType);
  if (!found) return add ? [`ADD COLUMN IF NOT EXISTS ${identifier(column.name)} ${type}`] : [];
  return widen && canWiden(found, column) ? [`ALTER COLUMN ${identifier(column.name)} TYPE ${type}`] : [];
}

/** A domain's own rules would be lost with it. */
function canWiden(found: CatalogColumn, column: TargetColumn): boolean {
  return !found.generated && found.declaredType === found.sourceType && widens(found, column);
}
