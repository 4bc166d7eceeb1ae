import { BundleManifest, BundleStatement, dataFileOf } from '@millrace/contracts';
import { type JsonSchema, jsonSchemaOf } from '../document/json-schema.js';
import type { WrittenTable } from './bundle-tables.js';

/** `schema.json`: a JSON Schema (2020-12) for the manifest, for what its signature states, and for each table's JSON file. */
export function bundleSchema(tables: readonly WrittenTable[]): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A bundle of everything that a Millrace region holds about somebody',
    description:
      'Each definition is named after the file that it is of. A CSV file has the columns of the JSON file beside it, in the order of their names.',
    $defs: {
      'manifest.json': jsonSchemaOf(BundleManifest, 'output'),
      'manifest.sig': {
        description: 'The second line of the signed note',
        ...jsonSchemaOf(BundleStatement, 'output'),
      },
      ...Object.fromEntries(tables.map((one) => [dataFileOf(one.context, one.table, 'json'), rowsOf(one)])),
    },
  };
}

const rowsOf = ({ columns }: WrittenTable): JsonSchema => ({
  type: 'array',
  items: {
    type: 'object',
    properties: Object.fromEntries(columns.map((column) => [column, {}])),
    required: columns,
    additionalProperties: false,
  },
});
