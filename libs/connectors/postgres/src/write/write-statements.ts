import type { WriteRequest } from '@millrace/connector-sdk';
import type { CatalogColumn, CatalogTable } from '../catalog/read-catalog.js';
import { identifier, identifiers, qualified } from '../sql.js';

/** MERGE exists from PostgreSQL 15, tells what it did to each row from 17. */
const MERGE_VERSION = 150_000;
const MERGE_RETURNING_VERSION = 170_000;

export interface WriteStatements {
  /** COPY straight into the target; undefined when a column needs a cast on the way. */
  readonly copyDirect: string | undefined;
  readonly createStage: string;
  readonly copyStage: string;
  /** Moves the stage into the target; gives one row `inserted, updated` (or null and the sum, where unknown). */
  readonly merge: string;
  /** The same for the case that another writer interferes, and for old servers. */
  readonly insertOnConflict: string;
  readonly isEmpty: string;
}

const STAGE = 'pg_temp.millrace_stage';

/** Every statement of a writer, made once. */
export function writeStatements(table: CatalogTable, request: WriteRequest, version: number): WriteStatements {
  const columns = request.columns.map(({ name }) => table.columns.find((column) => column.name === name)!);
  const target = qualified(table.schema, table.name);
  const list = identifiers(columns.map(({ name }) => name));
  const cast = columns.some(({ form }) => form === 'cast');
  const insertOnConflict = conflictStatement(target, columns, request.key);
  return {
    copyDirect: cast ? undefined : `COPY ${target} (${list}) FROM STDIN (FORMAT BINARY)`,
    createStage: `CREATE TEMPORARY TABLE millrace_stage ON COMMIT DELETE ROWS AS SELECT ${columns.map(stageColumn).join(', ')} FROM ${target} WITH NO DATA`,
    copyStage: `COPY ${STAGE} (${list}) FROM STDIN (FORMAT BINARY)`,
    merge: version >= MERGE_VERSION ? mergeStatement(target, columns, request.key, version) : insertOnConflict,
    insertOnConflict,
    isEmpty: `SELECT NOT EXISTS (SELECT 1 FROM ${target}) AS empty`,
  };
}

function stageColumn({ name, form }: CatalogColumn): string {
  return form === 'cast' ? `${identifier(name)}::text AS ${identifier(name)}` : identifier(name);
}

function staged({ name, form, declaredType }: CatalogColumn): string {
  const column = `s.${identifier(name)}`;
  return form === 'cast' ? `${column}::${declaredType}` : column;
}

function mergeStatement(
  target: string,
  columns: readonly CatalogColumn[],
  key: readonly string[],
  version: number,
): string {
  const { others, matched } = roles(columns, key);
  const update = others.map((column) => `${identifier(column.name)} = ${staged(column)}`).join(', ');
  const merge =
    `MERGE INTO ${target} AS t USING ${STAGE} AS s ON ${matched} ` +
    (others.length > 0 ? `WHEN MATCHED AND ${differs(others, staged)} THEN UPDATE SET ${update} ` : '') +
    `WHEN NOT MATCHED THEN INSERT (${identifiers(columns.map(({ name }) => name))}) VALUES (${columns.map(staged).join(', ')})`;
  if (version < MERGE_RETURNING_VERSION) return merge;
  return (
    `WITH merged AS (${merge} RETURNING merge_action() AS action) ` +
    `SELECT count(*) FILTER (WHERE action = 'INSERT')::int AS inserted, count(*) FILTER (WHERE action = 'UPDATE')::int AS updated FROM merged`
  );
}

function conflictStatement(target: string, columns: readonly CatalogColumn[], key: readonly string[]): string {
  const { others } = roles(columns, key);
  const excluded = ({ name }: CatalogColumn) => `excluded.${identifier(name)}`;
  const update = others.map((column) => `${identifier(column.name)} = ${excluded(column)}`).join(', ');
  const onConflict = others.length > 0 ? `UPDATE SET ${update} WHERE ${differs(others, excluded)}` : 'NOTHING';
  return (
    `WITH written AS (INSERT INTO ${target} AS t (${identifiers(columns.map(({ name }) => name))}) ` +
    `SELECT ${columns.map(staged).join(', ')} FROM ${STAGE} AS s ` +
    `ON CONFLICT (${identifiers(key)}) DO ${onConflict} RETURNING (t.xmax = 0) AS inserted) ` +
    `SELECT count(*) FILTER (WHERE inserted)::int AS inserted, count(*) FILTER (WHERE NOT inserted)::int AS updated FROM written`
  );
}

function roles(
  columns: readonly CatalogColumn[],
  key: readonly string[],
): { others: CatalogColumn[]; matched: string } {
  const others = columns.filter(({ name }) => !key.includes(name));
  const keys = columns.filter(({ name }) => key.includes(name));
  const matched = keys.map((column) => `t.${identifier(column.name)} = ${staged(column)}`).join(' AND ');
  return { others, matched };
}

/**
 * Whether a row would change, byte by byte: the operators of the types would call 1.0 and 1.00, 0 and -0, or two spellings
 * of a case-insensitive text equal, and some types (json) have none. The cast to record keeps PostgreSQL from comparing
 * column by column.
 */
function differs(columns: readonly CatalogColumn[], value: (column: CatalogColumn) => string): string {
  const left = columns.map(({ name }) => `t.${identifier(name)}`).join(', ');
  return `ROW(${left})::record OPERATOR(pg_catalog.*<>) ROW(${columns.map(value).join(', ')})::record`;
}
