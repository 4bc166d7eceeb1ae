import { type SecurityAlert, securityAlerted } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import { memberships } from '../organization/organization.table.js';

/** Has an account's owner told about something, where they belong to an organization. */
export async function tellMember(tx: Tx, userId: string, alert: SecurityAlert): Promise<void> {
  const membership = await tx.table(memberships).findOneBy({ userId });
  if (membership) await tx.emit(securityAlerted, { orgId: membership.orgId, userId, alert });
}
