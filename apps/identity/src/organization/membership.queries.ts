import { identityProblems, kernelProblems, manageableRoles, type Role } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { User } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { accounts } from '../account/account.table.js';
import { memberships } from './organization.table.js';

/** A membership whose organization is open. */
export interface OpenMembership {
  readonly orgId: string;
  readonly name: string;
  readonly role: Role;
  readonly requireSecondFactor: boolean;
  /** Whether members sign in at the organization's own identity provider and in no other way. */
  readonly requireProvider: boolean;
  readonly sessionIdleMinutes: number | null;
  readonly sessionMinutes: number | null;
}

/** The open organizations of a person that the scope shows: its own one, or all of them in the whole region. */
export async function openMemberships(tx: Tx, userId: string): Promise<OpenMembership[]> {
  return tx.query<OpenMembership>(
    `select m.org_id as "orgId", o.name, m.role, o.require_second_factor as "requireSecondFactor",
       o.session_idle_minutes as "sessionIdleMinutes", o.session_minutes as "sessionMinutes",
       coalesce(p.is_required, false) as "requireProvider" from membership m join organization o on o.id = m.org_id
       left join organization_provider p on p.org_id = o.id
     where m.user_id = $1 and m.ended_at is null and o.closed_at is null order by m.created_at, m.org_id`,
    [userId],
  );
}

/** Makes somebody a member. Whoever belongs to an open organization has an account that goes on: no period runs for it. */
export async function join(
  tx: Tx,
  membership: Pick<Row<typeof memberships>, 'orgId' | 'userId' | 'role' | 'createdAt'>,
): Promise<void> {
  await tx.table(memberships).insert(membership);
  await tx.table(accounts).update({ id: membership.userId }, { endedAt: null });
}

/**
 * Locks the organization, so that two changes of its owners cannot pass each other, and answers the member's role.
 * @throws Problem `kernel.not-found` for somebody who does not belong to it
 */
export async function lockMember(tx: Tx, orgId: string, userId: string): Promise<Role> {
  await tx.query('select 1 from organization where id = $1 for update', [orgId]);
  const [row] = await tx.query<{ role: Role }>('select role from membership where org_id = $1 and user_id = $2', [
    orgId,
    userId,
  ]);
  if (!row) throw new Problem(kernelProblems.notFound);
  return row.role;
}

/** @throws Problem `identity.role-out-of-reach` unless one of the caller's roles may decide about each of these */
export function assertMayManage({ roles }: User, ...affected: readonly Role[]): void {
  const reach = roles.flatMap((role) => manageableRoles[role] ?? []);
  if (!affected.every((role) => reach.includes(role))) throw new Problem(identityProblems.roleOutOfReach);
}

/** @throws Problem `identity.last-owner` when nobody else owns the organization */
export async function assertAnotherOwner(tx: Tx, orgId: string, userId: string): Promise<void> {
  const others = await tx.query(
    `select 1 from membership where org_id = $1 and role = 'owner' and user_id <> $2 limit 1`,
    [orgId, userId],
  );
  if (others.length === 0) throw new Problem(identityProblems.lastOwner);
}

/** Ends what a person's programs may do in an organization; of everybody when nobody is named. */
export async function endTokensIn(tx: Tx, orgId: string, userId?: string): Promise<void> {
  await tx.query('delete from api_token where org_id = $1 and ($2::uuid is null or user_id = $2)', [
    orgId,
    userId ?? null,
  ]);
}

/** Ends what a person does in an organization; of everybody when nobody is named. */
export async function endSessionsIn(tx: Tx, orgId: string, userId?: string): Promise<void> {
  await tx.query('delete from session where org_id = $1 and ($2::uuid is null or user_id = $2)', [
    orgId,
    userId ?? null,
  ]);
}
