import { EntitySchema, type EntitySchemaColumnOptions, type ValueTransformer } from 'typeorm';
import type { Column } from './column.js';
import { lookupColumn, type Row, type Table, toSnake } from './table.js';

/** PostgreSQL gives bigint as text; ours stay below 2^53, so a number holds them. */
const bigintAsNumber: ValueTransformer = {
  to: (value: number | null) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};

const entities = new WeakMap<Table, EntitySchema>();

/** The TypeORM entity of a table; always the same object for the same table. */
export function entityOf<T extends Table>(one: T): EntitySchema<Row<T>> {
  let entity = entities.get(one);
  if (!entity) {
    entity = new EntitySchema({ name: one.name, tableName: one.name, columns: entityColumns(one) });
    entities.set(one, entity);
  }
  return entity as EntitySchema<Row<T>>;
}

function entityColumns(one: Table): Record<string, EntitySchemaColumnOptions> {
  const columns: Record<string, EntitySchemaColumnOptions> = {};
  for (const [key, column] of Object.entries(one.columns)) {
    columns[key] = ormColumn(key, column);
    if (column.lookup) {
      columns[lookupColumn(key)] = { type: 'bytea', name: toSnake(lookupColumn(key)), nullable: column.nullable };
    }
  }
  return columns;
}

function ormColumn(key: string, column: Column): EntitySchemaColumnOptions {
  return {
    type: column.ormType,
    name: toSnake(key),
    primary: column.primary,
    nullable: column.nullable,
    ...(column.ormType === 'bigint' ? { transformer: bigintAsNumber } : {}),
  };
}
