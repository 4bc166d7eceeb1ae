import { isUtf8 } from 'node:buffer';
import {
  ConnectorError,
  eachMember,
  FILE_TYPES,
  type FileDescription,
  type FileStreamConfig,
  type FileType,
  NotJson,
  skipSpace,
  stringAt,
} from '@millrace/connector-sdk';
import { typeOfValue, widened } from './infer-type.js';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LINE_FEED = 0x0a;
/** Records of the sample that are looked at. */
const MAX_RECORDS = 1_000;
/** More fields than that are no table. */
const MAX_FIELDS = 10_000;

/**
 * The fields of the first records and the narrowest types that hold them. A sample proves neither that a field is never
 * missing nor that no wider value follows: every field is nullable unless it is named as the key, and a value that does
 * not fit stops the read with the field's name, so that a type can be given.
 */
export function describeNdjson(
  sample: Buffer,
  isWhole: boolean,
  { key = [], types = {} }: FileStreamConfig,
): FileDescription {
  const firstRecord = sample.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  const found = new Map<string, FileType | undefined>();
  let at = firstRecord;
  for (let record = 1; at < sample.length && record <= MAX_RECORDS; record++) {
    const lineFeed = sample.indexOf(LINE_FEED, at);
    if (lineFeed < 0 && !isWhole) {
      if (record === 1) throw new ConnectorError('record-too-large', { record });
      break;
    }
    const end = lineFeed < 0 ? sample.length : lineFeed;
    look(sample, at, end, record, found);
    at = end + 1;
  }
  for (const name of [...key, ...Object.keys(types)]) if (!found.has(name)) found.set(name, undefined);
  const fields = [...found].map(([name, inferred]) => {
    const type = (Object.hasOwn(types, name) ? types[name] : undefined) ?? inferred ?? 'text';
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

function look(sample: Buffer, at: number, end: number, record: number, found: Map<string, FileType | undefined>): void {
  const start = skipSpace(sample, at, end);
  if (start === end) return;
  try {
    if (!isUtf8(sample.subarray(at, end))) throw new NotJson();
    eachMember(sample, start, end, (nameFrom, nameTo, from, to) => {
      const name = stringAt(sample, nameFrom - 1, nameTo + 1);
      found.set(name, widened(found.get(name), typeOfValue(sample, from, to)));
      if (found.size > MAX_FIELDS) throw new NotJson();
    });
  } catch (error) {
    throw error instanceof NotJson ? new ConnectorError('record-malformed', { record }) : error;
  }
}
