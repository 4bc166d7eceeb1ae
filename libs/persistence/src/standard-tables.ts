import { personal, plain, table } from '@millrace/privacy';

/** The tables that every service has, whatever it does. */

/** The region that this database belongs to; written once, at creation. A service refuses a database of another region. */
export const regionIdentity = table(
  'region_identity',
  { id: plain.integer({ primary: true, default: '1' }), region: plain.word(40), service: plain.word(40) },
  { guards: [], retention: { livesWith: 'the database' }, regionPrivileges: ['select'] },
);

/** Events that were decided in a transaction and wait to be published. */
export const outbox = table(
  'outbox',
  {
    id: plain.uuid({ primary: true }),
    subject: plain.word(300),
    envelope: plain.json(),
    createdAt: plain.instant(),
  },
  {
    guards: [{ append: true }],
    appPrivileges: ['insert'],
    regionPrivileges: ['select', 'insert', 'delete'],
    retention: { livesWith: 'its publication: a row leaves once the broker has confirmed it' },
    indexes: [['createdAt']],
  },
);

/** Events that were handled: each has its effect once per consumer. */
export const inbox = table(
  'inbox',
  { eventId: plain.uuid({ primary: true }), consumer: plain.word(100, { primary: true }), handledAt: plain.instant() },
  {
    guards: [],
    retention: { rule: 'message-relay', from: 'handledAt' },
    regionPrivileges: ['select', 'insert', 'delete'],
  },
);

/** Audit entries that were written with the act they tell of and wait to be appended to the ledger. */
export const auditOutbox = table(
  'audit_outbox',
  {
    entryId: plain.uuid({ primary: true }),
    /** Given by the relay under a lock, gapless per service. */
    number: plain.bigint({ nullable: true, unique: true }),
    event: plain.word(100),
    at: plain.instant(),
    orgId: plain.uuid({ nullable: true }),
    actor: plain.oneOf(['user', 'staff', 'public', 'service']),
    targetKind: plain.word(64, { nullable: true }),
    targetId: plain.word(64, { nullable: true }),
    outcome: plain.oneOf(['success', 'failure']),
    details: plain.json<Record<string, string | number | boolean>>(),
    personal: personal.json<Record<string, string>>({
      category: 'security-log',
      purposes: ['security'],
      retention: 'audit-log',
      onErase: { keep: 'On its way to the ledger, which forgets it there' },
    }),
  },
  {
    guards: [{ append: true }],
    appPrivileges: ['insert'],
    retention: { livesWith: 'the ledger: rows leave with its acknowledgement' },
    indexes: [['at']],
  },
);

/** The last number that this service gave to an audit entry. */
export const auditSource = table(
  'audit_source',
  { id: plain.integer({ primary: true }), lastNumber: plain.bigint() },
  { guards: [], retention: { livesWith: 'the database' }, regionPrivileges: ['select', 'insert', 'update'] },
);

/** Every outbound call that the egress guard decided about, allowed or refused. It names no host and no address. */
export const egressLog = table(
  'egress_log',
  {
    id: plain.uuid({ primary: true }),
    at: plain.instant(),
    allowed: plain.boolean(),
    code: plain.word(64, { nullable: true }),
    purpose: plain.word(64),
    categories: plain.json<string[]>(),
    recipientKind: plain.word(64),
    recipientId: plain.word(64),
    scope: plain.word(32, { nullable: true }),
  },
  {
    guards: [{ append: true }],
    appPrivileges: ['insert'],
    regionPrivileges: ['select', 'insert', 'delete'],
    retention: { rule: 'egress-log', from: 'at' },
    indexes: [['at'], ['purpose']],
  },
);

/** The legal holds in force, as compliance gave them: what is under one is neither erased nor swept. */
export const legalHolds = table(
  'legal_hold',
  {
    id: plain.uuid({ primary: true }),
    /** The person whose rows stay, as this service knows them. */
    subject: personal.json<{ ids: string[]; lookups: string[] }>(
      {
        category: 'case',
        purposes: ['legal-obligation'],
        retention: 'case-file',
        onErase: { keep: 'Goes with the release of the hold' },
      },
      { nullable: true },
    ),
    orgId: plain.uuid({ nullable: true }),
    /** Rows whose period runs from this instant or later, */
    rowsFrom: plain.instant({ nullable: true }),
    /** and from before this one. */
    rowsUntil: plain.instant({ nullable: true }),
  },
  { guards: [], retention: { livesWith: 'the hold at compliance' } },
);

/** Which list of holds {@link legalHolds} is: an older one that comes late does not replace a newer one. */
export const legalHoldList = table(
  'legal_hold_list',
  { id: plain.integer({ primary: true }), version: plain.bigint() },
  { guards: [], retention: { livesWith: 'the database' }, regionPrivileges: ['select', 'insert', 'update'] },
);

export const standardTables = [
  regionIdentity,
  outbox,
  inbox,
  auditOutbox,
  auditSource,
  egressLog,
  legalHolds,
  legalHoldList,
] as const;
