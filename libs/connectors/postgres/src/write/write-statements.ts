import type { WriteRequest } from '@millrace/connector-sdk';
import type { CatalogColumn, CatalogTable } from '../catalog/read-catalog.js';
import { identifier, identifiers, literal, qualified } from '../sql.js';

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
  readonly conflict: string;
  /** Changes what is there and adds nothing. */
  readonly update: string;
  /** The rows of the stage, by number, of which the target has no record. */
  readonly missing: string;
  /** Tells a feed on the target that a transaction is ours; empty when nobody asked for it. */
  readonly mark: string;
  readonly isEmpty: string;
}

/** What adds records to a table without looking for their keys. */
export interface AppendStatements {
  readonly createStage: string;
  /** A binary COPY into the table, or into the stage when a column needs a cast on the way. */
  readonly copy: string;
  /** Empties the stage into the table; undefined when there is none. */
  readonly insertStaged: string | undefined;
}

const STAGE = 'pg_temp.millrace_stage';
/** First argument of `pg_logical_emit_message`: whose messages in the log they are. */
const MESSAGE_PREFIX = 'millrace';

/** Every statement of a writer by key, made once. */
export function writeStatements(table: CatalogTable, request: WriteRequest, version: number): WriteStatements {
  const columns = targetColumns(table, request);
  const target = qualified(table.schema, table.name);
  const conflict = conflictStatement(target, columns, request.key);
  const hasMerge = version >= MERGE_VERSION;
  return {
    ...stageStatements(table, columns),
    copyDirect: copyDirect(target, columns),
    merge: hasMerge ? mergeStatement(target, columns, request.key, version, true) : conflict,
    conflict,
    update: hasMerge
      ? mergeStatement(target, columns, request.key, version, false)
      : updateStatement(target, columns, request.key),
    missing: missingStatement(target, columns, request.key),
    mark: markStatement(request),
    isEmpty: `SELECT NOT EXISTS (SELECT 1 FROM ${target}) AS empty`,
  };
}

/** Ends with a semicolon, to stand before other statements of its transaction; empty when nobody asked for it. */
export function markStatement({ originMark }: WriteRequest): string {
  if (!originMark) return '';
  return `SELECT pg_catalog.pg_logical_emit_message(true, ${literal(MESSAGE_PREFIX)}, ${literal(originMark)}); `;
}

/** Every statement that adds rows to `into`, a table with the columns of `table`. */
export function appendStatements(table: CatalogTable, request: WriteRequest, into: string): AppendStatements {
  const columns = targetColumns(table, request);
  const { createStage, copyStage } = stageStatements(table, columns);
  const direct = copyDirect(into, columns);
  if (direct) return { createStage, copy: direct, insertStaged: undefined };
  const insert = `INSERT INTO ${into} (${names(columns)}) SELECT ${columns.map(staged).join(', ')} FROM ${STAGE} AS s`;
  return { createStage, copy: copyStage, insertStaged: `${insert}; TRUNCATE ${STAGE}` };
}

export function targetColumns(table: CatalogTable, request: WriteRequest): CatalogColumn[] {
  return request.columns.map(({ name }) => table.columns.find((column) => column.name === name)!);
}

function stageStatements(table: CatalogTable, columns: readonly CatalogColumn[]) {
  const from = qualified(table.schema, table.name);
  return {
    createStage: `CREATE TEMPORARY TABLE millrace_stage ON COMMIT DELETE ROWS AS SELECT ${columns.map(stageColumn).join(', ')} FROM ${from} WITH NO DATA`,
    copyStage: `COPY ${STAGE} (${names(columns)}) FROM STDIN (FORMAT BINARY)`,
  };
}

function copyDirect(into: string, columns: readonly CatalogColumn[]): string | undefined {
  const cast = columns.some(({ form }) => form === 'cast');
  return cast ? undefined : `COPY ${into} (${names(columns)}) FROM STDIN (FORMAT BINARY)`;
}

export const names = (columns: readonly CatalogColumn[]) => identifiers(columns.map(({ name }) => name));

export function stageColumn({ name, form }: CatalogColumn): string {
  return form === 'cast' ? `${identifier(name)}::text AS ${identifier(name)}` : identifier(name);
}

export function staged({ name, form, declaredType }: CatalogColumn): string {
  const column = `s.${identifier(name)}`;
  return form === 'cast' ? `${column}::${declaredType}` : column;
}

function mergeStatement(
  target: string,
  columns: readonly CatalogColumn[],
  key: readonly string[],
  version: number,
  inserts: boolean,
): string {
  const { others, matched } = roles(columns, key);
  const update = others.map((column) => `${identifier(column.name)} = ${staged(column)}`).join(', ');
  const merge =
    `MERGE INTO ${target} AS t USING ${STAGE} AS s ON ${matched} ` +
    (others.length > 0 ? `WHEN MATCHED AND ${differs(others, staged)} THEN UPDATE SET ${update} ` : '') +
    (inserts
      ? `WHEN NOT MATCHED THEN INSERT (${names(columns)}) VALUES (${columns.map(staged).join(', ')})`
      : 'WHEN NOT MATCHED THEN DO NOTHING');
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
    `WITH written AS (INSERT INTO ${target} AS t (${names(columns)}) ` +
    `SELECT ${columns.map(staged).join(', ')} FROM ${STAGE} AS s ` +
    `ON CONFLICT (${identifiers(key)}) DO ${onConflict} RETURNING (t.xmax = 0) AS inserted) ` +
    `SELECT count(*) FILTER (WHERE inserted)::int AS inserted, count(*) FILTER (WHERE NOT inserted)::int AS updated FROM written`
  );
}

function updateStatement(target: string, columns: readonly CatalogColumn[], key: readonly string[]): string {
  const { others, matched } = roles(columns, key);
  if (others.length === 0) return 'SELECT 0 AS inserted, 0 AS updated';
  const update = others.map((column) => `${identifier(column.name)} = ${staged(column)}`).join(', ');
  return (
    `WITH changed AS (UPDATE ${target} AS t SET ${update} FROM ${STAGE} AS s ` +
    `WHERE ${matched} AND ${differs(others, staged)} RETURNING 1) SELECT 0 AS inserted, count(*)::int AS updated FROM changed`
  );
}

/** A stage that was filled by one COPY lies in the order of its rows. */
function missingStatement(target: string, columns: readonly CatalogColumn[], key: readonly string[]): string {
  const { matched } = roles(columns, key);
  return (
    `SELECT s.number - 1 AS row FROM (SELECT (row_number() OVER (ORDER BY ctid))::int AS number, * FROM ${STAGE}) AS s ` +
    `WHERE NOT EXISTS (SELECT 1 FROM ${target} AS t WHERE ${matched}) ORDER BY 1`
  );
}

export function roles(
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
