import { isUtf8 } from 'node:buffer';
import { ConnectorError, FILE_TYPES, type FileDescription, type FileStreamConfig } from '@millrace/connector-sdk';
import type { CsvConfig } from './csv-config.js';
import { ESCAPED, FieldScanner, unescape } from './field-scanner.js';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The fields that the header names, typed as the settings say and otherwise text. An empty file has no field. */
export function describeCsv(
  sample: Buffer,
  isWhole: boolean,
  { key = [], types = {} }: FileStreamConfig,
  { delimiter }: CsvConfig,
): FileDescription {
  const start = sample.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  if (start === sample.length && isWhole) return { fields: [], firstRecord: start };
  const scanner = new FieldScanner(delimiter.charCodeAt(0));
  const firstRecord = scanner.scan(sample, start, sample.length, isWhole);
  if (firstRecord < 0) throw new ConnectorError('record-too-large', { record: 0 });
  if (!isUtf8(sample.subarray(start, firstRecord))) throw new ConnectorError('record-malformed', { record: 0 });
  const names = Array.from({ length: scanner.count }, (_, index) => nameAt(sample, scanner, index));
  if (new Set(names).size !== names.length || names.includes('')) {
    throw new ConnectorError('record-malformed', { record: 0 });
  }
  assertKnown([...key, ...Object.keys(types)], names);
  const fields = names.map((name) => {
    const type = (Object.hasOwn(types, name) ? types[name] : undefined) ?? 'text';
    return {
      name,
      sourceType: type,
      kind: FILE_TYPES[type],
      nullable: !key.includes(name),
      privacy: 'unknown' as const,
    };
  });
  return { fields, firstRecord };
}

function nameAt(sample: Buffer, { starts, ends, forms }: FieldScanner, index: number): string {
  const raw = sample.subarray(starts[index]!, ends[index]!);
  if (forms[index] !== ESCAPED) return raw.toString();
  const name = Buffer.alloc(raw.length);
  return name.subarray(0, unescape(raw, 0, raw.length, name, 0)).toString();
}

function assertKnown(told: readonly string[], names: readonly string[]): void {
  const field = told.find((name) => !names.includes(name));
  if (field !== undefined) throw new ConnectorError('missing-field', { field });
}
