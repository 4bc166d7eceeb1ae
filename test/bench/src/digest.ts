import type pg from 'pg';

/** MD5 over the rows of a query in the order of `id`, so that two databases can be compared value by value. */
export async function digest(client: pg.Client, select: string): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(
    `SELECT count(*) || ':' || md5(string_agg(md5(t::text), '' ORDER BY id)) AS digest FROM (${select}) t`,
  );
  return rows[0]!.digest;
}
