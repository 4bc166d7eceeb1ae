import { type SecurityAlert, securityAlerted } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import { memberships } from '../organization/organization.table.js';

/** Has the owners of an organization told about something that concerns all of them. */
export async function tellOwners(tx: Tx, orgId: string, alert: SecurityAlert): Promise<void> {
  const owners = await tx.table(memberships).findBy({ orgId, role: 'owner' });
  for (const { userId } of owners) await tx.emit(securityAlerted, { orgId, userId, alert });
}
