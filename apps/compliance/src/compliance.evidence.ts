import type { EvidenceReader } from '@millrace/service';
import { ledgerAppendOnly } from './ledger/ledger.evidence.js';
import { caseClocks, caseFees, erasureCertificates, erasureDeadline } from './rights/rights.evidence.js';

/** Answers of compliance to the promise probes. */
export const evidence: Record<string, EvidenceReader> = {
  'ledger.append-only': ledgerAppendOnly,
  'erasure.deadline': erasureDeadline,
  'erasure.certificates': erasureCertificates,
  'cases.clocks': caseClocks,
  'cases.free': caseFees,
};
