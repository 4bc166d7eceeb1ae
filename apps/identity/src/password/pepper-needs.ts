import type { Tx } from '@millrace/persistence';

/** How many accounts, waiting sign-ups, authenticators and unused recovery codes were made with each version of the pepper. */
export async function pepperNeeds(tx: Tx): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.query<{ version: number; rows: number }>(
    `select pepper_version as version, count(*)::int as rows from (
       select pepper_version from account
       union all select pepper_version from sign_up
       union all select pepper_version from authenticator
       union all select pepper_version from recovery_code where used_at is null
     ) made group by pepper_version`,
  );
  return new Map(rows.map(({ version, rows: count }) => [String(version), count]));
}
