import type { Charter } from '@millrace/charter';
import { organizationCreated } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import { contracts } from './contract.table.js';
import { join } from './membership.queries.js';
import { organizations } from './organization.table.js';

export interface NewOrganization {
  readonly orgId: string;
  readonly name: string;
  /** Its first owner, who accepts the terms with this. */
  readonly userId: string;
  readonly createdAt: Date;
}

/** Opens an organization with its owner and the agreement under the terms in force. */
export async function openOrganization(tx: Tx, charter: Charter, opened: NewOrganization): Promise<void> {
  const { orgId, name, userId, createdAt } = opened;
  await tx.table(organizations).insert({ id: orgId, name, createdAt });
  await join(tx, { orgId, userId, role: 'owner', createdAt });
  const agreement = { termsVersion: charter.version, acceptedBy: userId, startedAt: createdAt, endedAt: null };
  await tx.table(contracts).insert({ orgId, ...agreement });
  await tx.emit(organizationCreated, { orgId, userId });
}

/** Ends the agreements with organizations that close. */
export async function endContracts(tx: Tx, orgIds: readonly string[], endedAt: Date): Promise<void> {
  await tx.query('update contract set ended_at = $2 where org_id = any($1::uuid[]) and ended_at is null', [
    orgIds,
    endedAt,
  ]);
}
