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
    await closeOrganization(tx, orgId, runtime.clock);
    await keys.destroy(orgId);
    await noteKeyDestroyed(tx, orgId, runtime.clock);
  }
};
