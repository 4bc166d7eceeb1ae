import type { EvidenceReader } from '@millrace/service';
import { documentInDate } from './document/document.evidence.js';
import { ledgerAppendOnly, ledgerForgets } from './ledger/ledger.evidence.js';
import { caseExtensions, caseRefusals, rightsOffered } from './rights/request.evidence.js';
import { caseClocks, caseFees, erasureCertificates, erasureDeadline } from './rights/rights.evidence.js';

/** Answers of compliance to the promise probes. */
export const evidence: Record<string, EvidenceReader> = {
  'ledger.append-only': ledgerAppendOnly,
  'ledger.forgets': ledgerForgets,
  'erasure.deadline': erasureDeadline,
  'erasure.certificates': erasureCertificates,
  'rights.offered': rightsOffered,
  'cases.extensions': caseExtensions,
  'cases.refusals': caseRefusals,
  'documents.in-date': documentInDate,
  'cases.clocks': caseClocks,
  'cases.free': caseFees,
};
