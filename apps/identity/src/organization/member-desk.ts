import {
  type changeMemberRole,
  identityProblems,
  type Input,
  memberLeft,
  type Output,
  type resolveMembers,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { assertAnotherOwner, assertMayManage, endSessionsIn, endTokensIn, lockMember } from './membership.queries.js';
import { providerAccounts } from '../organization-provider/organization-provider.table.js';
import { memberships } from './organization.table.js';

type Members = Output<typeof resolveMembers>;

/** Who belongs to an organization, and in which role. */
export class MemberDesk {
  /** For the service itself: addresses belong to people, whom a tenant's scope does not see. */
  resolve(tx: Tx, orgId: string): Promise<Members['members']> {
    return tx
      .query<Members['members'][number] & { name: string | null; joinedAt: Date }>(
        `select a.id as "userId", a.email, a.name, m.role, m.created_at as "joinedAt"
         from membership m join account a on a.id = m.user_id where m.org_id = $1 order by m.created_at, a.id`,
        [orgId],
      )
      .then((rows) =>
        rows.map(({ name, joinedAt, ...row }) => ({
          ...row,
          ...(name === null ? {} : { name }),
          joinedAt: (joinedAt as unknown as Date).toISOString(),
        })),
      );
  }

  /** @throws Problem `identity.role-out-of-reach`, `identity.last-owner`, `kernel.not-found` */
  async changeRole({ userId, role }: Input<typeof changeMemberRole>, call: Call): Promise<void> {
    const { orgId } = call.user;
    await call.act(async (tx, about) => {
      const before = await lockMember(tx, orgId, userId);
      assertMayManage(call.user, before, role);
      if (before === 'owner' && role !== 'owner') await assertAnotherOwner(tx, orgId, userId);
      if (before !== role) {
        await tx.table(memberships).update({ orgId, userId }, { role });
        await endSessionsIn(tx, orgId, userId);
      }
      about({ details: { before, role }, personal: { userId } });
    });
  }

  /** @throws Problem `identity.role-out-of-reach`, `identity.last-owner`, `kernel.not-found` */
  async remove(userId: string, call: Call): Promise<void> {
    const { orgId } = call.user;
    await call.act(async (tx, about) => {
      const role = await lockMember(tx, orgId, userId);
      assertMayManage(call.user, role);
      await this.end(tx, orgId, userId, role);
      about({ details: { role }, personal: { userId } });
    });
  }

  /** @throws Problem `identity.last-owner`, `kernel.not-found` */
  async leave(call: Call): Promise<void> {
    const { orgId, userId } = call.user;
    await call.act(async (tx, about) => {
      const role = await lockMember(tx, orgId, userId);
      await this.end(tx, orgId, userId, role);
      about({ details: { role } });
    });
  }

  /** @throws Problem `identity.role-out-of-reach` for somebody who owns nothing, `kernel.not-found` */
  async transfer(heir: string, call: Call): Promise<void> {
    const { orgId, userId, roles } = call.user;
    if (!roles.includes('owner')) throw new Problem(identityProblems.roleOutOfReach);
    await call.act(async (tx, about) => {
      const before = await lockMember(tx, orgId, heir);
      if (heir !== userId) {
        await tx.table(memberships).update({ orgId, userId: heir }, { role: 'owner' });
        await tx.table(memberships).update({ orgId, userId }, { role: 'admin' });
        await endSessionsIn(tx, orgId, heir);
      }
      about({ details: { before }, personal: { userId: heir } });
    });
  }

  private async end(tx: Tx, orgId: string, userId: string, role: string): Promise<void> {
    if (role === 'owner') await assertAnotherOwner(tx, orgId, userId);
    await tx.table(memberships).delete({ orgId, userId });
    await tx.table(providerAccounts).delete({ orgId, userId });
    await tx.emit(memberLeft, { orgId, userId });
    await endSessionsIn(tx, orgId, userId);
    await endTokensIn(tx, orgId, userId);
  }
}
