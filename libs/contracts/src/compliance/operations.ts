import { z } from 'zod';
import { any, permission, public_, self, service, staff } from '../caller.js';
import { f } from '../field.js';
import { secondFactor } from '../identity/account-shapes.js';
import { del, get, Nothing, type Operation, operation, Part, post } from '../operation.js';
import { complianceProblems, identityProblems } from '../problems.js';
import { exportRest } from './export-rest.js';

export * from './attestation-operations.js';
export * from './bundle-operations.js';
export * from './case-operations.js';
export * from './document-operations.js';
export * from './export-rest.js';
export * from './hold-operations.js';
export * from './request-operations.js';
export * from './task-operations.js';

/** One audit entry as it leaves a service's audit outbox. */
export const AuditEntry = z.strictObject({
  entryId: f.id('entry'),
  /** Gapless per source, from 1. */
  number: f.count(),
  event: f.code(),
  at: f.instant(),
  orgId: f.id('organization').optional(),
  actor: f.oneOf('user', 'staff', 'public', 'service'),
  target: z.strictObject({ kind: f.word(), id: f.word() }).optional(),
  outcome: f.oneOf('success', 'failure'),
  details: z.record(
    f.word(),
    z.union([f.number(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), f.boolean(), f.machineText(200)]),
  ),
  /** Personal fields; the ledger commits to each and can forget it. */
  personal: z.record(f.word(), f.personalText(1000)),
});
export type AuditEntry = z.output<typeof AuditEntry>;

export const MAX_AUDIT_BATCH = 500;

export const appendToLedger = operation({
  name: 'compliance.ledger.append',
  summary: 'Append audit entries of one source in order; repeats are recognised, gaps refused',
  input: z.strictObject({ entries: z.array(AuditEntry).min(1).max(MAX_AUDIT_BATCH) }),
  output: z.strictObject({ acknowledged: f.count() }),
  access: service('gateway', 'identity', 'vault', 'sync', 'compliance', 'notifications'),
  errors: [complianceProblems.ledgerGap],
  deadlineMs: 30_000,
});

export const readCheckpoint = operation({
  name: 'compliance.ledger.checkpoint',
  summary: 'The latest signed checkpoint of the ledger (C2SP tlog-checkpoint)',
  http: get('/api/v1/ledger/checkpoint', { mediaType: 'text/plain; charset=utf-8' }),
  input: Nothing,
  output: z.strictObject({ text: f.machineText() }),
  access: any(public_(), service('operator')),
});

export const readLedgerKey = operation({
  name: 'compliance.ledger.key',
  summary: 'The verifier key of the ledger’s checkpoints (C2SP signed-note)',
  http: get('/api/v1/ledger/key', { mediaType: 'text/plain; charset=utf-8' }),
  input: Nothing,
  output: z.strictObject({ text: f.machineText() }),
  access: any(public_(), service('operator')),
});

/** What `verifyProofBundle` of the ledger library, or anybody with RFC 9162 at hand, can check against the ledger's key. */
export const ProofBundle = z.strictObject({
  v: f.number(1, 1),
  /** The leaf in base64: RFC 8785 canonical JSON. */
  leaf: f.machineText(32_768),
  /** The leaf's place in the tree, from 0. */
  index: f.count(),
  /** Sibling hashes from the leaf up, base64. */
  proof: z.array(f.machineText(64)).max(53),
  /** The signed checkpoint of a tree that holds the leaf. */
  checkpoint: f.machineText(),
});
export type ProofBundle = z.output<typeof ProofBundle>;

export const proveEntry = operation({
  name: 'compliance.ledger.prove',
  summary: 'The proof that an entry of your organization is in the ledger',
  http: get('/api/v1/ledger/entries/{entryId}/proof'),
  input: z.strictObject({ entryId: f.id('entry') }),
  output: ProofBundle,
  access: any(permission('runs.read'), permission('ledger.read'), service('operator')),
  errors: [complianceProblems.noProof],
});

/** A path of RFC 9162 in trees of 2^53 leaves has at most one hash for each level and one to begin with. */
const MAX_CONSISTENCY_HASHES = 54;

export const proveConsistency = operation({
  name: 'compliance.ledger.consistency',
  summary: 'The proof that the ledger’s latest tree starts with an earlier one (RFC 9162 §2.1.4)',
  http: get('/api/v1/ledger/consistency'),
  input: z.strictObject({
    /** Size of the earlier tree. */
    from: f.integer(0, Number.MAX_SAFE_INTEGER),
  }),
  output: z.strictObject({
    /** Hashes in base64, deepest first. */
    proof: z.array(f.machineText(64)).max(MAX_CONSISTENCY_HASHES),
    /** The signed checkpoint of the tree that the proof leads to. */
    checkpoint: f.machineText(),
  }),
  access: any(public_(), service('operator')),
  errors: [complianceProblems.noConsistency],
});

export const auditLedger = operation({
  name: 'compliance.ledger.audit',
  summary:
    'Recompute the whole tree from its leaves and name every row that was changed, removed, inserted or reordered',
  input: z.strictObject({
    /** A signed checkpoint that was kept elsewhere: the ledger must still start with the tree that it signed. */
    kept: f.machineText().optional(),
  }),
  output: z.strictObject({ treeSize: f.count(), checkpoint: f.machineText(), findings: z.array(f.machineJson()) }),
  access: service('operator'),
  /** A second reading, which names rows, took 8.5 s for 100,000 entries on a busy machine. */
  deadlineMs: 600_000,
});

export const PromiseState = z.strictObject({
  id: f.word(),
  text: f.machineText(2000),
  state: f.oneOf('kept', 'stale', 'broken', 'unproven'),
  /** Why it stands so, in one sentence. */
  reason: f.machineText(1000),
  probe: f.word().optional(),
  evidence: f.machineJson().optional(),
  evidenceAt: f.instant().optional(),
});
export type PromiseState = z.output<typeof PromiseState>;

const Board = z.strictObject({
  charter: f.word(),
  version: f.word(),
  counts: z.strictObject({ kept: f.count(), stale: f.count(), broken: f.count(), unproven: f.count() }),
  promises: z.array(PromiseState),
});

export const readBoard = operation({
  name: 'compliance.promises.board',
  summary: 'Every promise of the charter with its state and the evidence for it',
  http: get('/api/v1/promises'),
  input: Nothing,
  output: Board,
  access: any(public_(), service('operator')),
});

export const verifyPromises = operation({
  name: 'compliance.promises.verify',
  summary: 'Run every probe now and answer with the board',
  input: z.strictObject({ promises: z.array(f.word()).max(500).optional() }),
  output: Board,
  access: service('operator'),
  audit: 'promises.verified',
  deadlineMs: 120_000,
});

export const readCharter = operation({
  name: 'compliance.charter.read',
  summary: 'The charter in force: its digest, version and the privacy policy made from it',
  http: get('/api/v1/charter'),
  input: Nothing,
  output: z.strictObject({
    charter: f.word(),
    version: f.word(),
    digest: f.digest(),
    effectiveAt: f.instant(),
    policy: f.machineText(1_000_000),
  }),
  access: any(public_(), service('operator')),
});

/** Everything that is held about somebody, by service and table. Rows hold what their tables hold, secrets left out. */
export const PersonalCopy = z.strictObject({
  caseId: f.id('case'),
  exportedAt: f.instant(),
  charter: f.word(),
  contexts: z.array(
    z.strictObject({
      context: f.word(),
      tables: z.array(z.strictObject({ table: f.word(), rows: z.array(f.personalJson()) })),
    }),
  ),
});
export type PersonalCopy = z.output<typeof PersonalCopy>;

export const exportMe = operation({
  name: 'compliance.me.export',
  summary: 'A copy of everything that is held about you, as JSON',
  http: get('/api/v1/auth/me/export', { inParts: { shape: PersonalCopy, rest: exportRest as Operation } }),
  input: Nothing,
  output: Part,
  access: self(),
  stepUp: true,
  audit: 'subject.exported',
  deadlineMs: 30_000,
});

const Erasure = z.strictObject({
  caseId: f.id('case'),
  /** `held`: what is not under a legal hold is erased; the rest goes when the hold is released. */
  state: f.oneOf('erasing', 'erased', 'held'),
  /** The day by which everything is gone, backups included. */
  dueAt: f.instant(),
  /** Why it is that day: one sentence with the law or promise that sets it. */
  explanation: f.machineText(2000),
  kept: z.array(z.strictObject({ context: f.word(), table: f.word(), rows: f.count(), reason: f.machineText(300) })),
});

export const eraseFrozen = operation({
  name: 'compliance.frozen.erase',
  summary: 'Erase a frozen account and what is held about its person: the report was right, or a guardian asks',
  http: post('/api/v1/staff/accounts/erase', { status: 202 }),
  input: z.strictObject({ userId: f.userId() }),
  output: Erasure,
  access: any(service('operator'), staff('officer')),
  audit: 'subject.erasure-requested',
  stepUp: true,
  errors: [identityProblems.notFrozen],
  deadlineMs: 30_000,
});

export const eraseMe = operation({
  name: 'compliance.me.erase',
  summary: 'Erase your account and what is held about you; the last owner closes the organization',
  http: del('/api/v1/auth/me', { status: 202, session: 'end' }),
  /** The password, and a code where an authenticator is set up; nothing when you have shown who you are within ten minutes. */
  input: z.strictObject({ password: f.secret().optional(), secondFactor }),
  output: Erasure,
  access: self(),
  audit: 'subject.erasure-requested',
  errors: [
    identityProblems.passwordNeeded,
    identityProblems.secondFactorNeeded,
    identityProblems.wrongSecondFactor,
    identityProblems.locked,
  ],
  deadlineMs: 30_000,
});
