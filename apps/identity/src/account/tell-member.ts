import { type SecurityAlert, securityAlerted } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import { openMemberships } from '../organization/membership.queries.js';

/**
 * Has an account's owner told about something. It is about them and not about an organization: in the oldest open one of
 * theirs that the scope shows, else in none, for which the person's own id stands.
 */
export async function tellMember(tx: Tx, userId: string, alert: SecurityAlert): Promise<void> {
  const [membership] = await openMemberships(tx, userId);
  await tx.emit(securityAlerted, { orgId: membership?.orgId ?? userId, userId, alert });
}
