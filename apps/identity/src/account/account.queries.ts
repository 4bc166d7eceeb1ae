import type { SubjectKeys } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';

/** The keys under which services hold a user. An organization closes with its last owner. */
export async function subjectKeysOf(tx: Tx, userId: string): Promise<SubjectKeys> {
  const lookups = await tx.query<{ lookup: string }>(
    `select encode(email_lookup, 'hex') as lookup from account where id = $1`,
    [userId],
  );
  const closing = await tx.query<{ org_id: string }>(
    `select org_id from membership m where user_id = $1 and role = 'owner' and not exists (
       select 1 from membership other where other.org_id = m.org_id and other.role = 'owner' and other.user_id <> m.user_id)`,
    [userId],
  );
  return { ids: [userId], lookups: lookups.map((row) => row.lookup), closingOrgIds: closing.map((row) => row.org_id) };
}

/**
 * The address of one person, whatever they belong to; or those of an organization's owners, but for owners who had the use
 * of their data restricted.
 */
export async function contactsOf(tx: Tx, orgId: string, userId?: string): Promise<{ userId: string; email: string }[]> {
  if (userId !== undefined) return tx.query('select id as "userId", email from account where id = $1', [userId]);
  return tx.query(
    `select a.id as "userId", a.email from membership m join account a on a.id = m.user_id
     where m.org_id = $1 and m.ended_at is null and m.role = 'owner' and a.restricted_at is null order by m.created_at`,
    [orgId],
  );
}
