import { z } from 'zod';
import { f } from '../../field.js';
import { provider } from './provider.js';

/** Types that a field of a file may be given; the connectors' own list, which a test compares. */
export const fileTypes = [
  'text',
  'smallint',
  'integer',
  'bigint',
  'real',
  'double precision',
  'numeric',
  'boolean',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'uuid',
  'json',
  'jsonb',
] as const;

/** What a file cannot say itself, by its name. */
const FileStreams = z.record(
  z.string().min(1).max(255),
  z.strictObject({
    /** Fields that identify a record and are never missing. */
    key: z.array(f.label(1_000)).min(1).max(32).optional(),
    types: z.record(z.string().min(1).max(1_000), f.oneOf(...fileTypes)).optional(),
  }),
);

/** Where files lie. Below the directory each organization has a folder of its own, named by its id. */
export const FileConfig = z.strictObject({
  /** The name of a directory that the region's operator lists under `files.directories`. */
  directory: f.word(),
  /** A folder in it, such as `imports/2026`. */
  folder: f.folder().optional(),
  streams: FileStreams.default({}),
});
export type FileConfig = z.output<typeof FileConfig>;

export const CsvConfig = FileConfig.extend({
  delimiter: f.oneOf(',', ';', '\t', '|').default(','),
  /** What stands, without quotes, for a missing value. Default: nothing. */
  nullText: f.machineText(20).default(''),
});

/** Of files, the directory is what an account is elsewhere: what was opened to us. */
const none = { auth: 'no-credential', account: ({ directory }: FileConfig) => directory } as const;

export const csv = provider(CsvConfig, { title: 'CSV files', direct: none });
export const ndjson = provider(FileConfig, { title: 'NDJSON files', direct: none });
