import { personal, plain, secret, table } from '@millrace/privacy';

const APPEND_ONLY = ['select', 'insert'] as const;
const FOREVER = { livesWith: 'the ledger: nothing is ever taken out of it' } as const;

/**
 * The impersonal part of every audit entry, in the order in which it was appended. An organization reads its own rows;
 * nobody changes or deletes one, the region role included.
 */
export const ledgerLeaves = table(
  'ledger_leaf',
  {
    /** The leaf's place in the tree, from 0. */
    leafIndex: plain.bigint({ primary: true }),
    entryId: plain.uuid({ unique: true }),
    orgId: plain.tenant({ nullable: true }),
    source: plain.word(64),
    sourceNumber: plain.bigint(),
    event: plain.word(100),
    at: plain.instant(),
    /** RFC 8785 canonical JSON: the bytes that the tree hashes. */
    leaf: plain.bytes(),
  },
  {
    guards: [{ tenant: true, reading: true }],
    appPrivileges: ['select'],
    regionPrivileges: APPEND_ONLY,
    retention: FOREVER,
    onClosure: {
      keep: 'Impersonal; taking a leaf out would break the proof of every other. Its personal fields are gone',
    },
    unique: [['source', 'sourceNumber']],
    indexes: [['orgId', 'leafIndex'], ['at']],
  },
);

const meaning = {
  category: 'security-log',
  purposes: ['security'],
  retention: 'audit-log',
  onErase: 'delete',
  of: 'subjectId',
} as const;

/** What opens the commitments of a leaf. A row that is deleted blanks its field and leaves the leaf and its proofs as they are. */
export const ledgerPersonal = table(
  'ledger_personal',
  {
    /** The place of the entry's leaf, so that an audit reads both side by side. */
    leafIndex: plain.bigint({ primary: true }),
    field: plain.word(64, { primary: true }),
    /** Whose this is; absent where an entry names nobody who has an account. */
    subjectId: personal.userId(meaning, { nullable: true }),
    value: personal.text(4096, meaning),
    salt: secret.digest('sha-256', { retention: 'audit-log' }),
    at: plain.instant(),
  },
  {
    subject: 'subjectId',
    guards: [],
    regionPrivileges: ['select', 'insert', 'delete'],
    retention: { rule: 'audit-log', from: 'at' },
    indexes: [['subjectId'], ['at']],
  },
);

/** The hashes of the tree's complete subtrees (RFC 6962): level 0 holds the leaves' hashes. */
export const ledgerNodes = table(
  'ledger_node',
  { level: plain.integer({ primary: true }), position: plain.bigint({ primary: true }), hash: plain.bytes() },
  { guards: [], regionPrivileges: APPEND_ONLY, retention: FOREVER },
);

/** A signed commitment to the whole tree after each batch (C2SP tlog-checkpoint). */
export const ledgerCheckpoints = table(
  'ledger_checkpoint',
  { treeSize: plain.bigint({ primary: true }), root: plain.bytes(), note: plain.word(4096), at: plain.instant() },
  { guards: [], regionPrivileges: APPEND_ONLY, retention: FOREVER },
);

/** The last number that each service's entries have in the ledger. */
export const ledgerSources = table(
  'ledger_source',
  { source: plain.word(64, { primary: true }), lastNumber: plain.bigint() },
  { guards: [], regionPrivileges: ['select', 'insert', 'update'], retention: FOREVER },
);

/**
 * People whose erasure has begun, as keyed hashes of their user ids. An entry about one of them that arrives later is
 * appended with its commitments only, and a restored backup is replayed against this list before the region opens.
 */
export const forgottenSubjects = table(
  'forgotten_subject',
  {
    subjectHash: secret.digest('hmac-sha-256', { retention: 'case-register' }, { primary: true }),
    since: plain.instant(),
  },
  { guards: [], regionPrivileges: ['select', 'insert', 'delete'], retention: { rule: 'case-register', from: 'since' } },
);
