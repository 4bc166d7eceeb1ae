import { personal, plain, type Row, secret, table } from '@millrace/privacy';

const meaning = { category: 'identity', purposes: ['account'], retention: 'account', onErase: 'delete' } as const;

/** A person who may sign in. It belongs to the person, not to an organization, so its guard is the person. */
export const accounts = table(
  'account',
  {
    id: personal.userId({ ...meaning, of: 'id' }, { primary: true }),
    email: personal.email({ ...meaning, category: 'contact', purposes: ['account', 'communication'] }),
    passwordHash: secret.bcrypt({ retention: 'account' }),
    pepperVersion: plain.integer(),
    name: personal.text(200, meaning, { nullable: true }),
    company: personal.text(200, meaning, { nullable: true }),
    jobTitle: personal.text(200, meaning, { nullable: true }),
    phone: personal.text(40, { ...meaning, category: 'contact' }, { nullable: true }),
    username: personal.text(64, meaning, { nullable: true }),
    /** Since when what is held about the person is kept and otherwise left alone (Article 18 GDPR). */
    restrictedAt: plain.instant({ nullable: true }),
    /** Since when it is frozen: it is reported to be a child's. */
    frozenAt: plain.instant({ nullable: true }),
    createdAt: plain.instant(),
    /** The organization of the last session; the next one starts there. */
    lastOrgId: plain.uuid({ nullable: true }),
    /** When the contract with the person's last organization ended; the account's retention runs from here. */
    endedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'id',
    guards: [{ subject: 'id' }, { possession: 'emailLookup' }],
    unique: [['emailLookup']],
    retention: { rule: 'account', from: 'endedAt' },
  },
);

export type Account = Row<typeof accounts>;
