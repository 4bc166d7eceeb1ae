import type { Arena } from './arena.js';
import { digest } from './digest.js';
import { nativePipe } from './psql.js';

/** Ten columns of mixed types, about 225 bytes a row: what the measured limits of such a machine were taken with. */
const CREATE = `CREATE TABLE IF NOT EXISTS people (
  id bigint PRIMARY KEY, zip_code text NOT NULL, latitude text NOT NULL, visits integer NOT NULL, email text NOT NULL,
  balance numeric(12,2), active boolean NOT NULL, created_at timestamptz NOT NULL, county text, note text)`;

const FILL = `INSERT INTO people SELECT i, lpad((i % 99999)::text, 5, '0'), round((i % 180000) / 1000.0 - 90, 4)::text, i % 1000,
  'person' || i || '@example.org', (i % 1000000) / 100.0, i % 3 = 0, timestamptz '2020-01-01' + i * interval '1 second',
  'County ' || i % 3000, CASE WHEN i % 10 = 0 THEN NULL ELSE repeat(md5(i::text), 3) END
  FROM generate_series(1, $1::bigint) i`;

export const COPY = 'people_copy';

/** The target of every contestant: renamed, cast (text to double precision, integer to bigint), one field dropped. */
const CREATE_TARGET = `CREATE TABLE people_copy (
  id bigint PRIMARY KEY, zip text NOT NULL, lat double precision NOT NULL, visit_count bigint NOT NULL, email text NOT NULL,
  balance numeric(12,2), active boolean NOT NULL, created_at timestamptz NOT NULL, remark text)`;

/** Columns of the target that are not its key. */
export const COPIED_COLUMNS = [
  'zip',
  'lat',
  'visit_count',
  'email',
  'balance',
  'active',
  'created_at',
  'remark',
] as const;

/** What the native pipe reads, so that it fills the same target. */
export const NATIVE_SELECT = `SELECT id, zip_code, latitude::double precision, visits::bigint, email, balance, active, created_at, note FROM people`;

/** The same with another value in every row: what a target holds before all of it changes. */
export const OLDER_SELECT = NATIVE_SELECT.replace('visits::bigint', 'visits::bigint + 1');

/** The same as a pipeline document. */
export function peopleDocument({ hashEmail = false, mode = 'upsert' } = {}): unknown {
  return {
    version: 1,
    name: 'people-copy',
    source: { connection: 'source' },
    target: { connection: 'target', schema: 'public' },
    streams: [
      {
        from: 'public.people',
        to: COPY,
        mode,
        key: ['id'],
        fields: [
          { from: 'id' },
          { from: 'zip_code', to: 'zip' },
          { from: 'latitude', to: 'lat', cast: 'double' },
          { from: 'visits', to: 'visit_count', cast: 'bigint' },
          { from: 'email', ...(hashEmail ? { hash: true } : {}) },
          { from: 'balance' },
          { from: 'active' },
          { from: 'created_at' },
          { from: 'county', drop: true },
          { from: 'note', to: 'remark' },
        ],
      },
    ],
  };
}

/** All fields as they are, to a table of the same name. */
export const TWIN_DOCUMENT = {
  version: 1,
  name: 'people-twin',
  source: { connection: 'source' },
  target: { connection: 'target', schema: 'public' },
  streams: [
    {
      from: 'public.people',
      to: 'people',
      key: ['id'],
      fields: [
        'id',
        'zip_code',
        'latitude',
        'visits',
        'email',
        'balance',
        'active',
        'created_at',
        'county',
        'note',
      ].map((from) => ({ from })),
    },
  ],
};

/** Fills the source unless it holds that many rows already. */
export async function fillPeople({ source, note }: Pick<Arena, 'source' | 'note'>, rows: number): Promise<void> {
  await source.query(CREATE);
  const { rows: counted } = await source.query<{ count: number }>('SELECT count(*)::int AS count FROM people');
  if (counted[0]!.count === rows) return;
  note(`  filling the source with ${rows} rows`);
  await source.query('TRUNCATE people');
  await source.query(FILL, [rows]);
  await source.query('VACUUM ANALYZE people');
}

/** All contestants start from the same: an empty table, and no work left over from the one before. */
export async function emptyCopy({ target }: Pick<Arena, 'target'>): Promise<void> {
  await target.query(`DROP TABLE IF EXISTS ${COPY}`);
  await target.query(CREATE_TARGET);
  await target.query('CHECKPOINT');
}

/** Or from a table that holds every row, each with an older value. */
export async function olderCopy(arena: Arena): Promise<void> {
  await emptyCopy(arena);
  const { sourceUrl, targetUrl, target } = arena;
  await nativePipe({ sourceUrl, targetUrl, select: OLDER_SELECT }, COPY);
  await target.query(`VACUUM ANALYZE ${COPY}`);
  await target.query('CHECKPOINT');
}

/** For those who cannot map: a target of the same name and shape as the source. */
export async function emptyTwin({ target }: Arena): Promise<void> {
  await target.query('DROP TABLE IF EXISTS people');
  await target.query(CREATE);
  await target.query('CHECKPOINT');
}

/** @throws Error unless the copy holds exactly what `NATIVE_SELECT` gives */
export async function checkCopy({ source, target }: Arena): Promise<void> {
  const [expected, found] = await Promise.all([digest(source, NATIVE_SELECT), digest(target, `SELECT * FROM ${COPY}`)]);
  if (expected !== found) throw new Error('The contents of the copy differ from the source');
}
