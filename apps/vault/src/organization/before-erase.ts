import type { Tx } from '@millrace/persistence';
import type { Runtime, ServiceDefinition } from '@millrace/service';
import { giveUpGrants } from '../grant/settle-grant.js';
import { closeOrganization, endingSince, isEndingGrants, noteKeyDestroyed } from './closed-organization.js';
import { organizationKeysOf } from './organization-keys.js';

/**
 * An erasure answers only when it is done, so the keys of organizations that end with the person are destroyed here and
 * not later: key work inside a transaction, for once. Should the transaction fail after that, its repetition finishes.
 * While grants are still to be ended at their providers, the organization's rows stay, and the erasure comes again.
 */
export const beforeErase: NonNullable<ServiceDefinition['beforeErase']> = async (tx, { closingOrgIds }, runtime) => {
  const keys = await organizationKeysOf(runtime);
  const waiting: string[] = [];
  for (const orgId of closingOrgIds) {
    await closeOrganization(tx, orgId, runtime);
    if (await isEnding(tx, orgId, runtime)) {
      waiting.push(orgId);
      continue;
    }
    await giveUpGrants(tx, orgId);
    // What is under a legal hold needs the key: the key shredder sees to it with the release.
    if (await isHeld(tx, orgId)) continue;
    await keys.destroy(orgId);
    await noteKeyDestroyed(tx, orgId, runtime.clock);
  }
  return waiting;
};

async function isEnding(tx: Tx, orgId: string, { clock }: Pick<Runtime, 'clock'>): Promise<boolean> {
  const found = await tx.query(
    `select 1 from closed_organization o where org_id = $1 and ${isEndingGrants('o', '$2')}`,
    [orgId, endingSince(clock)],
  );
  return found.length > 0;
}

async function isHeld(tx: Tx, orgId: string): Promise<boolean> {
  return (await tx.query('select 1 from legal_hold where org_id = $1 limit 1', [orgId])).length > 0;
}
