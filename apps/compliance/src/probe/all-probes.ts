import type { ProbeName } from '@millrace/charter';
import { cookiesRegistry, securityHeaders, storageBeforeChoice } from './browser.probes.js';
import { everyColumnClassified, regionPinned, tenantIsolation } from './data.probes.js';
import { egressPurposes } from './egress.probes.js';
import { accountFields, passwordHashes } from './identity.probes.js';
import { ledgerAppendOnly } from './ledger.probes.js';
import type { Probe } from './probe.js';
import { retentionCeiling } from './retention.probes.js';
import { erasureDeadline, selfServeEndpoints } from './rights.probes.js';
import { completedWithDiscard, recordsAtRest } from './sync.probes.js';
import { ciphertextsAes256, connectionColumns, grantScopes, useAfterRevoke } from './vault.probes.js';

/** The definition of every probe that the charter's catalogue declares; one that is missing does not compile. */
export const allProbes: { readonly [Name in ProbeName]: Probe<Name> } = {
  'schema.every-column-classified': everyColumnClassified,
  'identity.password-hashes': passwordHashes,
  'identity.account-fields': accountFields,
  'vault.ciphertexts-aes256': ciphertextsAes256,
  'vault.use-after-revoke': useAfterRevoke,
  'vault.connection-columns': connectionColumns,
  'vault.grant-scopes': grantScopes,
  'sync.completed-with-discard': completedWithDiscard,
  'sync.records-at-rest': recordsAtRest,
  'ledger.append-only': ledgerAppendOnly,
  'egress.purposes': egressPurposes,
  'tenant.isolation': tenantIsolation,
  'region.pinned': regionPinned,
  'browser.storage-before-choice': storageBeforeChoice,
  'cookies.registry': cookiesRegistry,
  'retention.ceiling': retentionCeiling,
  'http.security-headers': securityHeaders,
  'rights.self-serve-endpoints': selfServeEndpoints,
  'erasure.deadline': erasureDeadline,
};
