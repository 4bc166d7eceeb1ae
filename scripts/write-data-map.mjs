// Writes docs/reference/data-map.json and its JSON Schema: npm run write-data-map
// To be run after a change of a table's declaration or of the data map's form; tests compare both files.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { declaredDataMapText } from '@millrace/cli';
import { dataMapJsonSchemaText } from '@millrace/privacy';
import { root } from './runtime.mjs';

const folder = path.join(root, 'docs', 'reference');
writeFileSync(path.join(folder, 'data-map.json'), await declaredDataMapText());
writeFileSync(path.join(folder, 'data-map.schema.json'), dataMapJsonSchemaText());
