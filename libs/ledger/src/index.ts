export { auditLeaves, type AuditOptions, type AuditRow } from './audit/audit-leaves.js';
export { type AuditPage, checkPage, type PageFinding, type PageVerdict } from './audit/check-page.js';
export { type Finding, findingIndex } from './audit/finding.js';
export { PAGE_LEAVES, PAGE_LEVEL, PageFold } from './audit/page-fold.js';
export {
  buildProofBundle,
  type BundleFault,
  type BundleVerdict,
  type ProofBundle,
  verifyPersonal,
  verifyProofBundle,
} from './bundle/proof-bundle.js';
export { PROOF_BUNDLE_SCHEMA } from './bundle/proof-bundle-schema.js';
export {
  commitmentOf,
  MAX_PERSONAL_BYTES,
  type PersonalValue,
  SALT_BYTES,
  verifyCommitment,
} from './entry/commitment.js';
export { checkEntry, isDetailText } from './entry/entry-rules.js';
export { type CommittedEntry, commitEntry, encodeLeaf, MAX_LEAF_BYTES, parseLeaf } from './entry/leaf.js';
export {
  type Actor,
  ACTORS,
  type Detail,
  type EntryCore,
  type LedgerEntry,
  type Outcome,
  OUTCOMES,
} from './entry/ledger-entry.js';
export { isLedgerError, LEDGER_ERROR_CODES, LedgerError, type LedgerErrorCode } from './ledger-error.js';
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './note/checkpoint.js';
export { cosignCheckpoint, type CosignRequest } from './note/cosign-checkpoint.js';
export { cosigner } from './note/cosigner.js';
export { addSignature, type NoteSignature, parseNote, signNote, type VerifiedNote, verifyNote } from './note/note.js';
export {
  noteSigner,
  type NoteSigner,
  type NoteVerifier,
  parseSignerKey,
  parseVerifierKey,
  verifierKey,
} from './note/note-key.js';
export { readStatement, signStatement } from './note/signed-statement.js';
export { type AccumulatorState, MerkleAccumulator, type TreeNode } from './tree/merkle-accumulator.js';
export { consistencyProof, inclusionProof } from './tree/prove.js';
export { EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash } from './tree/tree-hash.js';
export { MemoryTree, type TreeReader } from './tree/tree-reader.js';
export { type ConsistencyClaim, type InclusionClaim, verifyConsistency, verifyInclusion } from './tree/verify.js';
