import { ConnectorError, type KeyPosition, type Partition } from '@millrace/connector-sdk';
import type { CatalogColumn, CatalogTable } from '../catalog/read-catalog.js';
import { identifier, literal, qualified } from '../sql.js';

/**
 * The one statement that reads a partition in key order. Only selected columns stand in it. COPY takes no parameters, so
 * positions are quoted and cast to the column's own type; the comparison then uses the same operators as the order.
 */
export function readStatement(table: CatalogTable, partition: Partition): string {
  const columns = partition.projection.map(({ field, as }) => projected(columnOf(table, field), as));
  const key = partition.key.map((field) => columnOf(table, field));
  const { after, upTo } = partition.bounds;
  const conditions = [
    ...(after ? [comparison(key, partition.uniqueKey ? '>' : '>=', after)] : []),
    ...(upTo ? [comparison(key, '<=', upTo)] : []),
  ];
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const order = key.map(orderTerm).join(', ');
  const from = `${qualified(table.schema, table.name)} AS t`;
  return `COPY (SELECT ${columns.join(', ')} FROM ${from}${where} ORDER BY ${order}) TO STDOUT (FORMAT BINARY)`;
}

/** The greatest key; its values as text that {@link readStatement} can quote. */
export function lastKeyStatement(table: CatalogTable, keyFields: readonly string[]): string {
  const key = keyFields.map((field) => columnOf(table, field));
  const values = key.map((column) => `${inTable(column)}::text`).join(', ');
  const present = key.map((column) => `${inTable(column)} IS NOT NULL`).join(' AND ');
  const order = key.map((column) => `${orderTerm(column)} DESC`).join(', ');
  return `SELECT ARRAY[${values}] AS key FROM ${qualified(table.schema, table.name)} AS t WHERE ${present} ORDER BY ${order} LIMIT 1`;
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

/** Always with its table: a bare name in ORDER BY would mean the selected expression of that name, so a text, not the key. */
function inTable(column: CatalogColumn): string {
  return `t.${identifier(column.name)}`;
}

function comparison(key: readonly CatalogColumn[], operator: '>' | '>=' | '<=', position: KeyPosition): string {
  if (key.length !== position.length) throw new ConnectorError('protocol-violation');
  const values = key.map((column, index) => {
    const value = literal(position[index]!);
    return column.ordered ? `${value}::${column.declaredType}` : `${value}::text`;
  });
  return `(${key.map(orderTerm).join(', ')}) ${operator} (${values.join(', ')})`;
}
