import { z } from 'zod';
import { f } from '../field.js';

/**
 * What a connection to each provider is made of. This is the place to add a provider; the compiler then asks for its
 * connector in the sync worker, and a charter must allow it.
 */

/** Where a PostgreSQL server is and how to speak to it. */
export const PostgresConfig = z.strictObject({
  host: f.hostname(),
  port: f.integer(1, 65_535).default(5432),
  database: f.label(63),
  /** `verify-full` checks the certificate and its name; `require` encrypts only; `disable` is refused outside private addresses. */
  tls: f.oneOf('verify-full', 'require', 'disable').default('verify-full'),
});
export type PostgresConfig = z.output<typeof PostgresConfig>;

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

const Account = z.strictObject({ username: f.label(63), password: f.secret() });

/** The provider's settings, how a connection proves itself (`authClasses` of the charter), and what that takes. */
export const providers = {
  postgres: { title: 'PostgreSQL', config: PostgresConfig, auth: 'database-password', credential: Account },
  csv: { title: 'CSV files', config: CsvConfig, auth: 'no-credential', credential: undefined },
  ndjson: { title: 'NDJSON files', config: FileConfig, auth: 'no-credential', credential: undefined },
} as const;

export type Provider = keyof typeof providers;
export const providerNames = Object.keys(providers) as [Provider, ...Provider[]];
export type ConfigOf<P extends Provider> = z.output<(typeof providers)[P]['config']>;

/** Name and settings of a connection, as each provider's are. */
const settings = <const P extends Provider>(provider: P) => ({
  name: f.label(),
  provider: f.oneOf(provider),
  config: providers[provider].config as (typeof providers)[P]['config'],
});

const state = {
  connectionId: f.id('connection'),
  /** The account at the provider, as the provider names it; for files, the directory. */
  account: f.label(200),
  state: f.oneOf('active', 'revoked'),
  createdAt: f.instant(),
  revokedAt: f.instant().optional(),
};

/** A connection as its organization sees it; never its credential. */
export const Connection = z.discriminatedUnion('provider', [
  z.strictObject({ ...state, ...settings('postgres') }),
  z.strictObject({ ...state, ...settings('csv') }),
  z.strictObject({ ...state, ...settings('ndjson') }),
]);
export type Connection = z.output<typeof Connection>;

/** What a person gives to make one. */
export const ConnectionRequest = z.discriminatedUnion('provider', [
  z.strictObject({ ...settings('postgres'), credential: Account }),
  z.strictObject(settings('csv')),
  z.strictObject(settings('ndjson')),
]);
export type ConnectionRequest = z.output<typeof ConnectionRequest>;

/** What a worker learns of it besides the sealed credential. */
export const Lease = z.discriminatedUnion('provider', [
  z.strictObject({ provider: f.oneOf('postgres'), config: PostgresConfig, sealed: f.sealed() }),
  z.strictObject({ provider: f.oneOf('csv'), config: CsvConfig, sealed: f.sealed() }),
  z.strictObject({ provider: f.oneOf('ndjson'), config: FileConfig, sealed: f.sealed() }),
]);
