import { staffAccessStates } from '@millrace/contracts';
import { personal, plain, table } from '@millrace/privacy';

const meaning = { category: 'security-log', purposes: ['security'], retention: 'security-log' } as const;
const kept = { keep: 'It shows the customer who looked at their data, and why' } as const;

/** A look at a customer's data by the operator's staff: asked for with a reason, approved by others, and soon over. */
export const staffAccesses = table(
  'staff_access',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    staffId: personal.userId({ ...meaning, onErase: kept }),
    /** How the identity provider names them: the customer is shown it. */
    staffName: personal.text(200, { ...meaning, onErase: kept }, { nullable: true }),
    reason: personal.text(500, { ...meaning, onErase: kept }),
    state: plain.oneOf(staffAccessStates),
    askedAt: plain.instant(),
    /** Who has approved it so far, each of them once. */
    approvedBy: personal.json<string[]>({ ...meaning, onErase: kept }),
    openedAt: plain.instant({ nullable: true }),
    endsAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'staffId',
    guards: [{ tenant: true, reading: true }],
    indexes: [['orgId', 'askedAt'], ['askedAt']],
    retention: { rule: 'security-log', from: 'askedAt' },
  },
);
