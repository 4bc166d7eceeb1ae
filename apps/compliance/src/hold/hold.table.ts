import { personal, plain, table } from '@millrace/privacy';

const meaning = {
  category: 'case',
  purposes: ['legal-obligation'],
  retention: 'case-file',
  onErase: { keep: 'A legal hold says what has to stay' },
} as const;

/** What must stay whatever erasure and retention say, as an officer decided. */
export const holds = table(
  'hold',
  {
    id: plain.uuid({ primary: true }),
    userId: personal.userId({ ...meaning, of: 'userId' }, { nullable: true }),
    /** How the services know the person, once identity has forgotten them too. */
    keys: personal.json<{ ids: string[]; lookups: string[] }>({ ...meaning, of: 'userId' }, { nullable: true }),
    /** Not a tenant's column: the closing of the organization does not end the hold. */
    orgId: plain.uuid({ nullable: true }),
    rowsFrom: plain.instant({ nullable: true }),
    rowsUntil: plain.instant({ nullable: true }),
    reason: personal.text(500, { ...meaning, of: 'userId' }),
    placedBy: personal.userId({ ...meaning, of: 'placedBy' }, { nullable: true }),
    placedAt: plain.instant(),
    reviewAt: plain.instant(),
    /** When the ledger was told that nobody had reviewed it in time. */
    overdueSince: plain.instant({ nullable: true }),
    releasedAt: plain.instant({ nullable: true }),
  },
  { subject: 'userId', guards: [], retention: { rule: 'case-file', from: 'releasedAt' } },
);

/** Which list of holds is in force, and which one each service keeps to. `context` is empty for the list itself. */
export const holdLists = table(
  'hold_list',
  { context: plain.word(32, { primary: true }), version: plain.bigint() },
  { guards: [], retention: { livesWith: 'the database' }, regionPrivileges: ['select', 'insert', 'update'] },
);
