import type { Arena } from './arena.js';
import { digest } from './digest.js';

export const ACCOUNTS = 'accounts';
/** One row in so many changes from round to round: 1 %. */
const CHANGED = 'id % 100 = 0';

const COLUMNS = `id bigint PRIMARY KEY, holder text NOT NULL, email text NOT NULL, city text NOT NULL, visits integer NOT NULL,
  balance numeric(12,2) NOT NULL, active boolean NOT NULL, opened_on date NOT NULL, note text, updated_at timestamptz NOT NULL`;

export const ACCOUNT_COLUMNS = [
  'holder',
  'email',
  'city',
  'visits',
  'balance',
  'active',
  'opened_on',
  'note',
  'updated_at',
] as const;

const FILL = `INSERT INTO accounts SELECT i, 'Holder ' || i, 'person' || i || '@example.org', 'City ' || i % 3000, i % 1000,
  (i % 1000000) / 100.0, i % 3 = 0, date '2015-01-01' + (i % 3000)::integer,
  CASE WHEN i % 10 = 0 THEN NULL ELSE repeat(md5(i::text), 3) END, timestamptz '2020-01-01' + i * interval '1 second'
  FROM generate_series(1, $1::bigint) i`;

/** All columns as they are; read by a cursor. */
export const ACCOUNTS_DOCUMENT = {
  version: 1,
  name: 'accounts',
  source: { connection: 'source' },
  target: { connection: 'target', schema: 'public' },
  streams: [
    {
      from: `public.${ACCOUNTS}`,
      to: ACCOUNTS,
      key: ['id'],
      read: { cursor: 'updated_at' },
      fields: ['id', ...ACCOUNT_COLUMNS].map((from) => ({ from })),
    },
  ],
};

/** The same rows on both sides, the cursor indexed at the source. */
export async function fillAccounts({ source, target, note }: Arena, rows: number): Promise<void> {
  note(`  filling both sides with ${rows} rows`);
  for (const client of [source, target]) {
    await client.query(`DROP TABLE IF EXISTS ${ACCOUNTS}; CREATE TABLE ${ACCOUNTS} (${COLUMNS})`);
    await client.query(FILL, [rows]);
  }
  await source.query(`CREATE INDEX ON ${ACCOUNTS} (updated_at)`);
  for (const client of [source, target]) await client.query(`VACUUM ANALYZE ${ACCOUNTS}`);
}

/** Where a read by the cursor goes on. */
export type Position = readonly [cursor: string, id: string];

/** Changes one row in a hundred, each later than every change before; gives the position before the changes. */
export async function changeAccounts({ source, target }: Arena): Promise<Position> {
  const { rows } = await source.query<{ cursor: string; id: string }>(
    `SELECT updated_at::text AS cursor, id::text FROM ${ACCOUNTS} ORDER BY updated_at DESC, id DESC LIMIT 1`,
  );
  const { cursor, id } = rows[0]!;
  await source.query(
    `UPDATE ${ACCOUNTS} SET visits = visits + 1, balance = balance + 1, updated_at = $1::timestamptz + interval '1 hour' + id * interval '1 microsecond' WHERE ${CHANGED}`,
    [cursor],
  );
  for (const client of [source, target]) await client.query(`VACUUM ANALYZE ${ACCOUNTS}`);
  await source.query('CHECKPOINT');
  return [cursor, id];
}

/** @throws Error unless both sides hold the same, in the rows that change or in all */
export async function checkAccounts({ source, target }: Arena, which: 'changed' | 'all'): Promise<void> {
  const select = `SELECT * FROM ${ACCOUNTS}${which === 'changed' ? ` WHERE ${CHANGED}` : ''}`;
  if ((await digest(source, select)) !== (await digest(target, select)))
    throw new Error('The accounts of source and target differ');
}
