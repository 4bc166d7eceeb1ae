import type pg from 'pg';
import { type CellForm, cellForm } from './column-type.js';

export interface CatalogColumn extends CellForm {
  readonly name: string;
  /** The type with its modifiers, a domain replaced by its base. */
  readonly sourceType: string;
  /** The declared type, as it must be written to cast a text to it. */
  readonly declaredType: string;
  readonly nullable: boolean;
  readonly generated: boolean;
  /** Whether an insert must name it: not null and nothing fills it. */
  readonly required: boolean;
}

export interface CatalogTable {
  readonly schema: string;
  readonly name: string;
  readonly sort: 'table' | 'view';
  readonly estimatedRecords: number | undefined;
  readonly columns: readonly CatalogColumn[];
  readonly primaryKey: readonly string[];
  /** Keys that ON CONFLICT accepts: unique, valid, immediate, without expression or condition. Primary key included. */
  readonly keys: readonly (readonly string[])[];
}

interface Row {
  schema: string;
  name: string;
  relkind: string;
  estimate: number;
  columns: readonly ColumnRow[];
  keys: readonly { primary: boolean; columns: string[] }[] | null;
}

interface ColumnRow {
  name: string;
  source_type: string;
  declared_type: string;
  nullable: boolean;
  generated: boolean;
  required: boolean;
  oid: number;
  type_name: string;
  type_sort: string;
  element_name: string | null;
}

// Domains are followed to their base type; system schemas, temporary tables and parts of partitioned tables are left out.
const tables = (which: string) => `
  WITH RECURSIVE step AS (
    SELECT oid AS domain, typbasetype AS base, typtypmod AS modifier FROM pg_catalog.pg_type WHERE typtype = 'd'
    UNION ALL
    SELECT step.domain, t.typbasetype, t.typtypmod FROM step JOIN pg_catalog.pg_type t ON t.oid = step.base AND t.typtype = 'd'
  ), root AS (
    SELECT step.domain, step.base, step.modifier FROM step JOIN pg_catalog.pg_type t ON t.oid = step.base AND t.typtype <> 'd'
  )
  SELECT n.nspname AS schema, c.relname AS name, c.relkind, c.reltuples AS estimate,
    (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
        'name', a.attname, 'source_type', pg_catalog.format_type(t.oid, COALESCE(root.modifier, a.atttypmod)),
        'declared_type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'nullable', NOT a.attnotnull, 'generated', a.attgenerated <> '' OR a.attidentity = 'a',
        'required', a.attnotnull AND NOT a.atthasdef AND a.attidentity = '',
        'oid', t.oid::int8, 'type_name', t.typname, 'type_sort', t.typtype,
        'element_name', e.typname) ORDER BY a.attnum)
      FROM pg_catalog.pg_attribute a LEFT JOIN root ON root.domain = a.atttypid
        JOIN pg_catalog.pg_type t ON t.oid = COALESCE(root.base, a.atttypid)
        LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('primary', i.indisprimary, 'columns', (
        SELECT pg_catalog.json_agg(a.attname ORDER BY k.position)
        FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k(attnum, position)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum WHERE k.position <= i.indnkeyatts)))
      FROM pg_catalog.pg_index i
      WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL) AS keys
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
    ${which}
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
  ORDER BY n.nspname, c.relname`;

const ALL_TABLES = tables('');
/** Found over an index: a server may have tens of thousands of others. */
const NAMED_TABLES = tables(
  'AND (n.nspname, c.relname) IN (SELECT * FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted)',
);

/** Tables and views that the user may read, or only those named (`schema.name`). */
export async function readCatalog(client: pg.ClientBase, streams?: readonly string[]): Promise<CatalogTable[]> {
  const { rows } = await (streams ? client.query<Row>(NAMED_TABLES, namesOf(streams)) : client.query<Row>(ALL_TABLES));
  return rows.map(toTable);
}

/** Schemas and tables that streams may mean: a point may also stand inside of either name. */
function namesOf(streams: readonly string[]): [schemas: string[], names: string[]] {
  const pairs = streams.flatMap((stream) => {
    const parts = stream.split('.');
    return parts.slice(1).map((_, at) => [parts.slice(0, at + 1).join('.'), parts.slice(at + 1).join('.')] as const);
  });
  return [pairs.map(([schema]) => schema), pairs.map(([, name]) => name)];
}

function toTable(row: Row): CatalogTable {
  const keys = row.keys ?? [];
  return {
    schema: row.schema,
    name: row.name,
    sort: row.relkind === 'v' || row.relkind === 'm' ? 'view' : 'table',
    // A table that was never analysed says -1.
    estimatedRecords: row.estimate < 0 ? undefined : Math.round(row.estimate),
    columns: (row.columns ?? []).map(toColumn),
    primaryKey: keys.find((key) => key.primary)?.columns ?? [],
    keys: keys.map((key) => key.columns),
  };
}

function toColumn(row: ColumnRow): CatalogColumn {
  const { oid } = row;
  const type = { oid, name: row.type_name, sort: row.type_sort, elementName: row.element_name };
  const { name, source_type: sourceType, declared_type: declaredType, nullable, generated, required } = row;
  return { ...cellForm(type), name, sourceType, declaredType, nullable, generated, required };
}
