import type { ServiceDefinition } from '@millrace/service';
import { closeOrganization, noteKeyDestroyed } from './closed-organization.js';
import { organizationKeysOf } from './organization-keys.js';

/**
 * An erasure answers only when it is done, so the keys of organizations that end with the person are destroyed here and
 * not later: key work inside a transaction, for once. Should the transaction fail after that, its repetition finishes.
 */
export const beforeErase: NonNullable<ServiceDefinition['beforeErase']> = async (tx, { closingOrgIds }, runtime) => {
  const keys = await organizationKeysOf(runtime);
  for (const orgId of closingOrgIds) {
    await closeOrganization(tx, orgId, runtime);
    // Grants that must still be ended at their providers need the key, as does what is under a legal hold: the key
    // shredder sees to it, within minutes or with the release.
    const needed = await tx.query(
      'select 1 from provider_task where org_id = $1 union all select 1 from legal_hold where org_id = $1 limit 1',
      [orgId],
    );
    if (needed.length > 0) continue;
    await keys.destroy(orgId);
    await noteKeyDestroyed(tx, orgId, runtime.clock);
  }
};
