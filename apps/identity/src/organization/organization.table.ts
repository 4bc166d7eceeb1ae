import { roles } from '@millrace/contracts';
import { configuration, personal, plain, table } from '@millrace/privacy';

const kept = { category: 'identity', purposes: ['account'], retention: 'organization' } as const;

/** A customer: the tenant. */
export const organizations = table(
  'organization',
  {
    id: plain.tenant({ primary: true }),
    name: configuration.text(100, kept),
    requireSecondFactor: plain.boolean({ default: 'false' }),
    /** Domains of the addresses that may join; empty for any. */
    memberDomains: configuration.json<string[]>(kept, { default: `'[]'` }),
    sessionIdleMinutes: plain.integer({ nullable: true }),
    sessionMinutes: plain.integer({ nullable: true }),
    createdAt: plain.instant(),
    closedAt: plain.instant({ nullable: true }),
  },
  {
    guards: [{ tenant: true }],
    retention: { rule: 'organization', from: 'closedAt' },
  },
);

/** Who belongs to an organization and in which role. A person sees their own before any organization is known. */
export const memberships = table(
  'membership',
  {
    orgId: plain.tenant({ primary: true }),
    userId: personal.userId(
      { category: 'identity', purposes: ['account'], retention: 'organization', onErase: 'delete' },
      { primary: true },
    ),
    role: plain.oneOf(roles),
    createdAt: plain.instant(),
    /** When the organization closed; whoever leaves or is removed has no row. */
    endedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'userId',
    guards: [{ tenant: true }, { subject: 'userId', reading: true }],
    references: { orgId: 'organization' },
    indexes: [['userId']],
    retention: { livesWith: 'organization' },
  },
);
