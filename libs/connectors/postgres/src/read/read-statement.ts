import { ConnectorError, type FieldFilter, type KeyPosition, type Partition } from '@millrace/connector-sdk';
import type { CatalogColumn, CatalogTable } from '../catalog/read-catalog.js';
import { identifier, literal, qualified } from '../sql.js';

/** The one statement that reads a partition in key order. */
export function readStatement(table: CatalogTable, partition: Partition): string {
  return `COPY (${selectStatement(table, partition)}) TO STDOUT (FORMAT BINARY)`;
}

/**
 * Its question. Only selected columns stand in it. COPY takes no parameters, so positions are quoted and cast to the
 * column's own type; the comparison then uses the same operators as the order.
 */
export function selectStatement(table: CatalogTable, partition: Partition): string {
  const columns = partition.projection.map(({ field, as }) => projected(columnOf(table, field), as));
  const key = partition.key.map((field) => columnOf(table, field));
  const { from, after, upTo } = partition.bounds;
  const conditions = [
    ...(from ? [comparison(key, '>=', from)] : []),
    ...(after ? [comparison(key, partition.uniqueKey ? '>' : '>=', after)] : []),
    ...(upTo ? [comparison(key, '<=', upTo)] : []),
    ...filterConditions(table, partition.filter),
  ];
  const term = (column: CatalogColumn) => (partition.bytewise ? bytewiseTerm(column) : orderTerm(column));
  const order = key.length > 0 ? ` ORDER BY ${key.map(term).join(', ')}` : '';
  const source = `${qualified(table.schema, table.name)} AS t`;
  return `SELECT ${columns.join(', ')} FROM ${source}${whereClause(conditions)}${order}`;
}

/** The greatest key; its values as text that {@link readStatement} can quote. */
export function lastKeyStatement(
  table: CatalogTable,
  keyFields: readonly string[],
  filter: readonly FieldFilter[] = [],
): string {
  const key = keyFields.map((field) => columnOf(table, field));
  const values = key.map((column) => `${inTable(column)}::text`).join(', ');
  const conditions = [...key.map((column) => `${inTable(column)} IS NOT NULL`), ...filterConditions(table, filter)];
  const order = key.map((column) => `${orderTerm(column)} DESC`).join(', ');
  return `SELECT ARRAY[${values}] AS key FROM ${qualified(table.schema, table.name)} AS t${whereClause(conditions)} ORDER BY ${order} LIMIT 1`;
}

/**
 * Sampled rows per share, and of all shares. Whole pages are sampled, whose rows often lie together, so it takes some
 * hundred of them until shares differ by a few percent only.
 */
const SAMPLE_ROWS_PER_PART = 20_000;
const MAX_SAMPLE_ROWS = 400_000;

/**
 * Positions that part the table into `parts` about equal shares, from a sample of its pages; `records` is how many rows it
 * has. They come in the order of the key, as text that {@link readStatement} can quote.
 */
export function splitStatement(
  table: CatalogTable,
  keyFields: readonly string[],
  filter: readonly FieldFilter[],
  { parts, records }: { readonly parts: number; readonly records: number },
): string {
  const key = keyFields.map((field) => columnOf(table, field));
  const percent = Math.min(100, (100 * Math.min(MAX_SAMPLE_ROWS, SAMPLE_ROWS_PER_PART * parts)) / Math.max(1, records));
  const values = key.map((column) => `${inTable(column)}::text`).join(', ');
  const order = key.map(orderTerm).join(', ');
  const conditions = [...key.map((column) => `${inTable(column)} IS NOT NULL`), ...filterConditions(table, filter)];
  const sample = `SELECT ARRAY[${values}] AS key, row_number() OVER (ORDER BY ${order}) AS place, count(*) OVER () AS total
    FROM ${qualified(table.schema, table.name)} AS t TABLESAMPLE SYSTEM (${percent.toFixed(6)})${whereClause(conditions)}`;
  return `SELECT key FROM (${sample}) AS s WHERE place < total AND place * ${parts} / total > (place - 1) * ${parts} / total ORDER BY place`;
}

export function columnOf(table: CatalogTable, field: string): CatalogColumn {
  const column = table.columns.find(({ name }) => name === field);
  if (!column) throw new ConnectorError('missing-field', { stream: `${table.schema}.${table.name}`, field });
  return column;
}

function projected(column: CatalogColumn, as: 'as-is' | 'text'): string {
  const name = inTable(column);
  const asText = column.form === 'cast' || (as === 'text' && column.kind !== 'text');
  return asText ? `${name}::text` : name;
}

/** Types whose operators depend on the search path, or that have none, are ordered by their text. */
function orderTerm(column: CatalogColumn): string {
  const name = inTable(column);
  return column.ordered ? name : `${name}::text COLLATE "C"`;
}

/** The same on every server, whatever its collations. */
function bytewiseTerm(column: CatalogColumn): string {
  return column.kind === 'text' ? `${inTable(column)}::text COLLATE "C"` : orderTerm(column);
}

/** Always with its table: a bare name in ORDER BY would mean the selected expression of that name, so a text, not the key. */
function inTable(column: CatalogColumn): string {
  return `t.${identifier(column.name)}`;
}

/** Compares the leading fields of the key, as many as the position has values. */
function comparison(key: readonly CatalogColumn[], operator: '>' | '>=' | '<=', position: KeyPosition): string {
  if (position.length === 0 || position.length > key.length) throw new ConnectorError('protocol-violation');
  const leading = key.slice(0, position.length);
  const values = leading.map((column, index) => typedLiteral(column, position[index]!));
  return `(${leading.map(orderTerm).join(', ')}) ${operator} (${values.join(', ')})`;
}

function typedLiteral(column: CatalogColumn, value: string): string {
  return `${literal(value)}::${column.ordered ? column.declaredType : 'text'}`;
}

const COMPARISONS = { below: '<', atMost: '<=', above: '>', atLeast: '>=' } as const;

/** Conditions that the server checks, so that a record that is not wanted never leaves it. */
function filterConditions(table: CatalogTable, filter: readonly FieldFilter[] = []): string[] {
  return filter.map(({ field, operator, values }) => {
    const column = columnOf(table, field);
    const name = orderTerm(column);
    const list = values.map((value) => typedLiteral(column, value)).join(', ');
    if (operator === 'isNull') return `${inTable(column)} IS ${values[0] === 'true' ? '' : 'NOT '}NULL`;
    if (operator === 'in') return values.length > 0 ? `${name} IN (${list})` : 'false';
    if (operator === 'equals') return `${name} = ${list}`;
    // A record without a value is not the value either.
    if (operator === 'not') return `${name} IS DISTINCT FROM ${list}`;
    return `${name} ${COMPARISONS[operator]} ${list}`;
  });
}

function whereClause(conditions: readonly string[]): string {
  return conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
}
