import { newcomerRoles } from '@millrace/contracts';
import { configuration, personal, plain, secret, table } from '@millrace/privacy';

const said = { category: 'identity', purposes: ['security'], retention: 'organization' } as const;

/** An organization's own identity provider. Nothing in it is secret: what shows the provider who we are is derived. */
export const organizationProviders = table(
  'organization_provider',
  {
    orgId: plain.tenant({ primary: true }),
    issuer: configuration.text(500, said),
    clientId: configuration.text(400, said),
    isRequired: plain.boolean(),
    newcomerRole: plain.oneOf(newcomerRoles, { nullable: true }),
    amr: configuration.json<string[]>(said),
    acr: configuration.json<string[]>(said),
    createdAt: plain.instant(),
  },
  {
    guards: [{ tenant: true }],
    references: { orgId: 'organization' },
    retention: { livesWith: 'organization' },
  },
);

/** A domain that an organization says is its own; verified while a DNS record showed that when it was last looked for. */
export const organizationDomains = table(
  'organization_domain',
  {
    orgId: plain.tenant({ primary: true }),
    domain: configuration.text(253, said, { primary: true }),
    /** SHA-256 of the domain while it is verified: no second organization can have it then, and sign-in finds it by this. */
    verifiedKey: secret.digest('sha-256', said, { unique: true, nullable: true }),
    claimedAt: plain.instant(),
    /** When the record was last found. */
    checkedAt: plain.instant({ nullable: true }),
  },
  {
    guards: [{ tenant: true }, { possession: 'verifiedKey' }],
    references: { orgId: 'organization' },
    retention: { livesWith: 'organization' },
  },
);

/** Whom an organization's provider means by a member. */
export const providerAccounts = table(
  'provider_account',
  {
    orgId: plain.tenant({ primary: true }),
    userId: personal.userId(
      { category: 'identity', purposes: ['account'], retention: 'organization', onErase: 'delete' },
      { primary: true },
    ),
    /** HMAC of organization, issuer and subject: no other provider can name the same person. */
    subjectKey: secret.digest('hmac-sha-256', said, { unique: true }),
    createdAt: plain.instant(),
  },
  {
    subject: 'userId',
    guards: [{ tenant: true }, { subject: 'userId', reading: true }],
    references: { orgId: 'organization' },
    retention: { livesWith: 'organization' },
  },
);
