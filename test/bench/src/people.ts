import type pg from 'pg';

/** Ten columns of mixed types, about 225 bytes a row: what the measured limits of such a machine were taken with. */
const CREATE = `CREATE TABLE people (
  id bigint PRIMARY KEY, zip_code text NOT NULL, latitude text NOT NULL, visits integer NOT NULL, email text NOT NULL,
  balance numeric(12,2), active boolean NOT NULL, created_at timestamptz NOT NULL, county text, note text)`;

const FILL = `INSERT INTO people SELECT i, lpad((i % 99999)::text, 5, '0'), round((i % 180000) / 1000.0 - 90, 4)::text, i % 1000,
  'person' || i || '@example.org', (i % 1000000) / 100.0, i % 3 = 0, timestamptz '2020-01-01' + i * interval '1 second',
  'County ' || i % 3000, CASE WHEN i % 10 = 0 THEN NULL ELSE repeat(md5(i::text), 3) END
  FROM generate_series(1, $1::bigint) i`;

/** The target of both contestants: renamed, cast (text to double precision, integer to bigint), one field dropped. */
const CREATE_TARGET = `CREATE TABLE people_copy (
  id bigint PRIMARY KEY, zip text NOT NULL, lat double precision NOT NULL, visit_count bigint NOT NULL, email text NOT NULL,
  balance numeric(12,2), active boolean NOT NULL, created_at timestamptz NOT NULL, remark text)`;

/** What the native pipe reads, so that it fills the same target. */
export const NATIVE_SELECT = `SELECT id, zip_code, latitude::double precision, visits::bigint, email, balance, active, created_at, note FROM people`;

/** The same as a pipeline document. */
export function pipelineDocument(hashEmail: boolean): unknown {
  return {
    version: 1,
    name: 'people-copy',
    source: { connection: 'source' },
    target: { connection: 'target', schema: 'public' },
    streams: [
      {
        from: 'public.people',
        to: 'people_copy',
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

export async function fillSource(source: pg.Client, rows: number): Promise<void> {
  await source.query('DROP TABLE IF EXISTS people');
  await source.query(CREATE);
  await source.query(FILL, [rows]);
  await source.query('VACUUM ANALYZE people');
}

/** Both contestants start from the same: an empty table, and no work left over from the one before. */
export async function freshTarget(target: pg.Client): Promise<void> {
  await target.query('DROP TABLE IF EXISTS people_copy');
  await target.query(CREATE_TARGET);
  await target.query('CHECKPOINT');
}

/** MD5 over the rows in key order, so that both targets can be compared value by value. */
export async function digest(client: pg.Client, select: string): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(
    `SELECT count(*) || ':' || md5(string_agg(md5(t::text), '' ORDER BY id)) AS digest FROM (${select}) t`,
  );
  return rows[0]!.digest;
}
