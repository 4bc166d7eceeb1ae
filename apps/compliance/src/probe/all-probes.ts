import type { ProbeName } from '@millrace/charter';
import {
  cookiesRegistry,
  ownHostOnly,
  pagesPublished,
  securityHeaders,
  storageBeforeChoice,
} from './browser.probes.js';
import { connectorForgotten } from './connector.probes.js';
import {
  dataCategories,
  dataPurposes,
  everyColumnClassified,
  regionPinned,
  secretsOneWay,
  tenantIsolation,
} from './data.probes.js';
import { documentsInDate } from './document.probes.js';
import { egressPurposes, egressRecipients } from './egress.probes.js';
import { accountFields, oneTimeSecrets, passwordHashes, staffAccess, staffFields } from './identity.probes.js';
import { ledgerAppendOnly, ledgerForgets } from './ledger.probes.js';
import { mailContents } from './mail.probes.js';
import type { Probe } from './probe.js';
import { caseExtensions, caseRefusals, rightsOffered } from './request.probes.js';
import { everyCeiling, retentionCeiling } from './retention.probes.js';
import {
  caseClocks,
  casesFree,
  erasureCertificates,
  erasureDeadline,
  erasureReach,
  exportReach,
  selfServeEndpoints,
} from './rights.probes.js';
import { completedWithDiscard, pinnedMapping, recordsAtRest, runResults, selectionKept } from './sync.probes.js';
import {
  ciphertextsAes256,
  connectionColumns,
  grantScopes,
  grantsEnded,
  useAfterRevoke,
  waysIn,
} from './vault.probes.js';

/** The definition of every probe that the charter's catalogue declares; one that is missing does not compile. */
export const allProbes: { readonly [Name in ProbeName]: Probe<Name> } = {
  'schema.every-column-classified': everyColumnClassified,
  'data.categories': dataCategories,
  'data.purposes': dataPurposes,
  'secrets.one-way': secretsOneWay,
  'identity.one-time-secrets': oneTimeSecrets,
  'identity.staff-access': staffAccess,
  'identity.staff-fields': staffFields,
  'identity.password-hashes': passwordHashes,
  'identity.account-fields': accountFields,
  'vault.ciphertexts-aes256': ciphertextsAes256,
  'vault.use-after-revoke': useAfterRevoke,
  'vault.connection-columns': connectionColumns,
  'vault.grant-scopes': grantScopes,
  'vault.ways-in': waysIn,
  'vault.grants-ended': grantsEnded,
  'connector.forgotten': connectorForgotten,
  'sync.pinned-mapping': pinnedMapping,
  'sync.results': runResults,
  'sync.selection': selectionKept,
  'sync.completed-with-discard': completedWithDiscard,
  'sync.records-at-rest': recordsAtRest,
  'ledger.append-only': ledgerAppendOnly,
  'ledger.forgets': ledgerForgets,
  'egress.purposes': egressPurposes,
  'egress.recipients': egressRecipients,
  'tenant.isolation': tenantIsolation,
  'region.pinned': regionPinned,
  'browser.storage-before-choice': storageBeforeChoice,
  'cookies.registry': cookiesRegistry,
  'retention.ceiling': retentionCeiling,
  'retention.every-ceiling': everyCeiling,
  'mail.contents': mailContents,
  'pages.published': pagesPublished,
  'http.own-host-only': ownHostOnly,
  'http.security-headers': securityHeaders,
  'rights.self-serve-endpoints': selfServeEndpoints,
  'documents.in-date': documentsInDate,
  'cases.clocks': caseClocks,
  'rights.offered': rightsOffered,
  'cases.extensions': caseExtensions,
  'cases.refusals': caseRefusals,
  'cases.free': casesFree,
  'export.reach': exportReach,
  'erasure.reach': erasureReach,
  'erasure.certificates': erasureCertificates,
  'erasure.deadline': erasureDeadline,
};
