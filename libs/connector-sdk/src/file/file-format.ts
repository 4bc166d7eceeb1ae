import type { Slab } from '../batch/slab.js';
import type { Batch } from '../batch/slab.js';
import type { FieldSchema } from '../schema/stream-schema.js';
import type { ProjectedField } from '../projection.js';
import type { TargetColumn } from '../session.js';

/** What the beginning of a file says about it. */
export interface FileDescription {
  readonly fields: readonly FieldSchema[];
  /** Offset of the first record. */
  readonly firstRecord: number;
}

/** What a person may say about one file, where the file itself cannot. */
export interface FileStreamConfig {
  /** Fields that identify a record; they are then never null, and a record without one is malformed. */
  readonly key?: readonly string[] | undefined;
  /** Types by field, in SQL's words. */
  readonly types?: Readonly<Record<string, FileType>> | undefined;
}

/** Types that a file's field may be given. */
export const FILE_TYPES = {
  text: 'text',
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  real: 'float4',
  'double precision': 'float8',
  numeric: 'numeric',
  boolean: 'boolean',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'jsonb',
} as const;
export type FileType = keyof typeof FILE_TYPES;

/** A cursor over the records of a file. */
export interface RecordParser {
  /**
   * Appends the record that starts at `at` to `out` as one row (none for a blank line) and gives the offset behind it;
   * -1 when the record does not end before `end`. With `isLast` nothing follows `end`, which then ends a record too.
   * @throws ConnectorError `record-malformed`, with the field where one is to blame
   */
  record(bytes: Buffer, at: number, end: number, isLast: boolean, out: Slab): number;
}

/** Writes rows as records. */
export interface RecordPrinter {
  /** What stands at the start of a new file; empty where the format has no such thing. */
  readonly header: string;
  /** All rows of a batch, in the format's bytes. They are valid until the next call. */
  print(batch: Batch): Buffer;
}

/** A file format, as far as it differs from others: what is a record, and what does it look like. */
export interface FileFormat<Options> {
  /** Such as `.csv`. */
  readonly extension: string;
  /**
   * Reads the beginning of a file. `isWhole` says that there is no more of it.
   * @throws ConnectorError `record-malformed`
   */
  describe(sample: Buffer, isWhole: boolean, stream: FileStreamConfig, options: Options): FileDescription;
  parser(description: FileDescription, projection: readonly ProjectedField[], options: Options): RecordParser;
  /** @throws ConnectorError `incompatible-field` for a column whose values have no text */
  printer(columns: readonly TargetColumn[], options: Options): RecordPrinter;
}
