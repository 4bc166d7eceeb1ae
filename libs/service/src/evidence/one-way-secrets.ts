import { type SqlRunner, type Table, toSnake } from '@millrace/privacy';

/** SHA-256 and HMAC-SHA-256 have 32 bytes; a bcrypt hash says its cost, 12 or more here. */
const IS_HASH = {
  'sha-256': (column: string) => `octet_length(${column}) = 32`,
  'hmac-sha-256': (column: string) => `octet_length(${column}) = 32`,
  bcrypt: (column: string) => `${column} ~ '^\\$2[aby]\\$(1[2-9]|[23][0-9])\\$.{53}$'`,
} as const;

/** The columns of secrets that are only ever compared, and how many values in them are no hash. */
export async function oneWaySecrets(tx: SqlRunner, tables: readonly Table[]) {
  const columns: { column: string; stored: number; notHashed: number }[] = [];
  for (const { name, columns: declared } of tables) {
    for (const [key, { secretForm }] of Object.entries(declared)) {
      if (!secretForm || !(secretForm in IS_HASH)) continue;
      const column = toSnake(key);
      const isHash = IS_HASH[secretForm as keyof typeof IS_HASH](column);
      const [row] = await tx.query<{ stored: number; notHashed: number }>(
        `select count(*)::int as stored, (count(*) filter (where not (${isHash})))::int as "notHashed" from ${name} where ${column} is not null`,
      );
      columns.push({ column: `${name}.${column}`, ...row! });
    }
  }
  return { columns };
}
