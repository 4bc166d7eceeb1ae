import type { FieldSchema, StreamSchema, SystemSchema } from '@millrace/connector-sdk';
import type { CatalogColumn, CatalogTable } from './read-catalog.js';
import { privacyClass } from './privacy-class.js';

export function toSystemSchema(tables: readonly CatalogTable[]): SystemSchema {
  return { streams: tables.map(toStream) };
}

function toStream(table: CatalogTable): StreamSchema {
  const { primaryKey, sort, estimatedRecords } = table;
  return {
    name: `${table.schema}.${table.name}`,
    sort,
    fields: table.columns.map(toField),
    primaryKey,
    uniqueKeys: table.keys.filter((key) => key !== primaryKey),
    capabilities: {
      read: sort === 'table' ? ['snapshot', 'cursor', 'log'] : ['snapshot', 'cursor'],
      write: sort === 'table' ? ['append', 'upsert', 'update', 'replace', 'changes'] : [],
      projection: 'request',
      deletes: 'key-listing',
      ordered: true,
      filter: 'request',
      evolves: sort === 'table',
    },
    ...(estimatedRecords === undefined ? {} : { estimatedRecords }),
  };
}

function toField({ name, sourceType, kind, nullable, generated, required }: CatalogColumn): FieldSchema {
  const privacy = privacyClass(name, sourceType);
  return {
    name,
    sourceType,
    kind,
    nullable,
    privacy,
    ...(generated ? { generated } : {}),
    ...(required ? { required } : {}),
  };
}
