import { ConnectorError } from '../connector-error.js';
import { type JsonCell, jsonCell, type JsonCellKind } from '../json/json-cell.js';
import { pathNames } from '../json/path.js';
import { isString } from '../json/scan.js';
import type { PrivacyClass, StreamSchema } from '../schema/stream-schema.js';
import { onePage, type Paging } from './pages.js';

/** A field of an API's record. The kind alone means: of that name at the record's top, never null, nothing known of its privacy. */
export type RestField =
  | JsonCellKind
  | {
      /** `epoch-seconds` and `epoch-milliseconds` are numbers that count from 1970 and become `timestamptz`. */
      readonly kind: JsonCellKind | 'epoch-seconds' | 'epoch-milliseconds';
      /** Where it lies in the record, such as `fields.status.name`. Default: the field's name. */
      readonly path?: string;
      /** Default false. A missing member counts as null. */
      readonly nullable?: boolean;
      readonly privacy?: PrivacyClass;
    };

export interface RestStreamOptions {
  /** Behind the base address, with its fixed query if there is one: `/v1/issues?state=all`. */
  readonly path: string;
  /** Where the array of records lies in an answer. Default `$`: the answer is the array. */
  readonly records?: string;
  /** Fields that identify a record. */
  readonly key: readonly string[];
  readonly fields: Readonly<Record<string, RestField>>;
  /** Default: everything comes in one answer. */
  readonly pages?: Paging;
  /** Query parameter that names the fields wanted, with commas; without it the connector drops what was not selected. */
  readonly fieldsParameter?: string;
  /**
   * A field by which the API filters and sorts ascending. `from` is the query parameter for "at or after this";
   * `format` writes a value of it as the API wants it (default: ISO 8601 for an instant, else as it stands).
   */
  readonly cursor?: { readonly field: string; readonly from: string; readonly format?: (value: string) => string };
  /** Where an answer says how many records there are in all. */
  readonly total?: string;
}

/** One field, resolved: how to find it and how to write it. */
export interface BoundField {
  readonly name: string;
  readonly names: readonly string[];
  readonly kind: JsonCellKind;
  readonly cell: JsonCell;
  readonly nullable: boolean;
  readonly privacy: PrivacyClass;
  readonly sourceType: string;
}

export interface RestStream extends Omit<RestStreamOptions, 'fields' | 'pages'> {
  readonly bound: readonly BoundField[];
  readonly recordsAt: readonly string[];
  readonly pages: Paging;
}

/** Declares a stream of an API. @throws Error for a key or cursor that is no field */
export function stream(options: RestStreamOptions): RestStream {
  const { fields, pages = onePage(), records = '$', ...rest } = options;
  const bound = Object.entries(fields).map(([name, field]) => bindField(name, field));
  const identifying = [...options.key, ...(options.cursor ? [options.cursor.field] : [])];
  for (const name of identifying) {
    const field = bound.find((candidate) => candidate.name === name);
    if (!field || field.nullable) throw new Error(`Key or cursor "${name}" must be a field that is never null`);
  }
  return { ...rest, bound, pages, recordsAt: pathNames(records) };
}

export function streamSchema(name: string, { bound, key, cursor, fieldsParameter }: RestStream): StreamSchema {
  return {
    name,
    sort: 'object',
    fields: bound.map(({ name, sourceType, kind, nullable, privacy }) => ({
      name,
      sourceType,
      kind,
      nullable,
      privacy,
    })),
    primaryKey: key,
    uniqueKeys: [],
    capabilities: {
      read: cursor ? ['snapshot', 'cursor'] : ['snapshot'],
      write: [],
      projection: fieldsParameter ? 'request' : 'connector',
      deletes: 'none',
      ordered: false,
      ownOrder: true,
      cursorFields: cursor ? [cursor.field] : [],
      filter: 'none',
    },
  };
}

export function boundField(definition: RestStream, name: string, stream: string): BoundField {
  const field = definition.bound.find((candidate) => candidate.name === name);
  if (!field) throw new ConnectorError('missing-field', { stream, field: name });
  return field;
}

function bindField(name: string, field: RestField): BoundField {
  const {
    kind,
    path = name,
    nullable = false,
    privacy = 'unknown',
  } = typeof field === 'string' ? { kind: field } : field;
  const epoch = kind === 'epoch-seconds' || kind === 'epoch-milliseconds';
  const cellKind = epoch ? 'timestamptz' : kind;
  const cell = epoch ? epochCell(kind === 'epoch-seconds' ? 3 : 0) : jsonCell(cellKind);
  return { name, names: pathNames(path), kind: cellKind, cell, nullable, privacy, sourceType: kind };
}

/** A count since 1970 as an instant; `power` is what is missing to milliseconds, in powers of ten. Fractions keep six digits. */
function epochCell(power: 0 | 3): JsonCell {
  const instant = jsonCell('timestamptz');
  return (bytes, from, to, out) => {
    const text = bytes.toString('latin1', from, to);
    if (isString(bytes, from) || !/^-?\d{1,15}$/.test(text)) return 'not-a-timestamp';
    const moment = new Date(Number(text) * 10 ** power);
    if (Number.isNaN(moment.getTime())) return 'out-of-range';
    const literal = Buffer.from(`"${moment.toISOString()}"`);
    return instant(literal, 0, literal.length, out);
  };
}
