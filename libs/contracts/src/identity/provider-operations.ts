import { z } from 'zod';
import { permission, public_, type Role } from '../caller.js';
import { f } from '../field.js';
import { del, get, Nothing, operation, post, put } from '../operation.js';
import { identityProblems } from '../problems.js';
import { device, Session, SignedIn } from './account-shapes.js';

/** Where people begin to sign in at their organization's provider; with the organization's id behind it, where it sends them back to. */
export const providerSignInPath = '/sign-in/provider';

/** Roles that an account may get which a provider opens: nobody becomes an owner by somebody else's word. */
export const newcomerRoles = ['admin', 'editor', 'viewer', 'billing', 'privacy'] as const satisfies readonly Role[];

const claimValues = z.array(f.label(100)).max(20);

const Provider = z.strictObject({
  /** The issuer as its ID tokens name it. Its metadata are at `<issuer>/.well-known/openid-configuration`. */
  issuer: f.providerUrl(),
  clientId: f.label(400),
  /** Members sign in at the provider and in no other way; owners also with a second factor of their own. */
  isRequired: f.boolean(),
  /** Set: whoever the provider signs in and has no account or does not belong here gets both, in this role. */
  newcomerRole: f.oneOf(...newcomerRoles).optional(),
  /** What an ID token must hold for a second factor to count as used: one of these methods (`amr`) or classes (`acr`). */
  secondFactor: z.strictObject({ amr: claimValues, acr: claimValues }),
});
export type OrganizationProvider = z.output<typeof Provider>;

const Domain = z.strictObject({
  domain: f.hostname(),
  /** Publish this TXT record, and have the domain verified. */
  record: z.strictObject({ name: f.machineText(300), value: f.machineText(200) }),
  isVerified: f.boolean(),
  /** When the record was last found. */
  checkedAt: f.instant().optional(),
});
export type OrganizationDomain = z.output<typeof Domain>;

const domain = z.strictObject({ domain: f.domainName() });
const manage = permission('organization.manage');

export const readProvider = operation({
  name: 'identity.provider.read',
  summary: 'Your organization’s identity provider and domains, and what to register at the provider',
  http: get('/api/v1/organization/provider'),
  input: Nothing,
  output: z.strictObject({
    /** Register these two at the provider: the client’s redirect address, and where its public key is (`private_key_jwt`). */
    redirectUri: f.machineText(500),
    keysUri: f.machineText(500),
    provider: Provider.optional(),
    domains: z.array(Domain),
  }),
  access: manage,
  errors: [identityProblems.noProvider],
});

export const setProvider = operation({
  name: 'identity.provider.set',
  summary: 'Have your organization’s users sign in at its own OpenID Connect provider',
  http: put('/api/v1/organization/provider'),
  input: Provider,
  output: Provider,
  access: manage,
  stepUp: true,
  audit: 'provider.set',
  errors: [
    identityProblems.noProvider,
    identityProblems.secondFactorRequired,
    identityProblems.roleOutOfReach,
    identityProblems.providerAway,
    identityProblems.providerSignInRefused,
  ],
  deadlineMs: 25_000,
});

export const removeProvider = operation({
  name: 'identity.provider.remove',
  summary: 'Do without an identity provider of your own; sessions that it began end at once',
  http: del('/api/v1/organization/provider'),
  input: Nothing,
  output: Nothing,
  access: manage,
  stepUp: true,
  audit: 'provider.removed',
  errors: [identityProblems.noProvider],
});

export const claimDomain = operation({
  name: 'identity.provider.claim-domain',
  summary: 'Name a domain of your users’ addresses; the answer says which DNS record shows that it is yours',
  http: post('/api/v1/organization/domains', { status: 201 }),
  input: domain,
  output: Domain,
  access: manage,
  stepUp: true,
  audit: 'provider.domain-claimed',
  errors: [identityProblems.noProvider, identityProblems.publicMailDomain, identityProblems.tooManyDomains],
});

export const verifyDomain = operation({
  name: 'identity.provider.verify-domain',
  summary: 'Look for the DNS record of a domain that your organization has named',
  http: post('/api/v1/organization/domains/{domain}/verify'),
  input: domain,
  output: Domain,
  access: manage,
  stepUp: true,
  audit: 'provider.domain-verified',
  errors: [identityProblems.noProvider, identityProblems.domainNotShown, identityProblems.domainTaken],
  deadlineMs: 15_000,
});

export const dropDomain = operation({
  name: 'identity.provider.drop-domain',
  summary: 'Give a domain up; its addresses no longer sign in at your provider',
  http: del('/api/v1/organization/domains/{domain}'),
  input: domain,
  output: Nothing,
  access: manage,
  stepUp: true,
  audit: 'provider.domain-dropped',
  errors: [identityProblems.noProvider],
});

export const beginProviderSignIn = operation({
  name: 'identity.provider.begin',
  summary:
    'Begin to sign in at your organization’s identity provider: go to the address that is answered. It depends on the domain alone, never on whether there is an account.',
  http: post('/api/v1/auth/provider', { status: 201, session: 'start' }),
  input: z.strictObject({
    email: f.email(),
    /** Whether you are as old as an account asks for; needed once, when the provider opens an account for you. */
    ofAge: f.boolean().optional(),
  }),
  output: z.strictObject({
    url: f.secret(8_192),
    /** Not a session yet: it tells the browser that began from all others. */
    session: Session,
  }),
  access: public_(),
  errors: [identityProblems.noProvider],
  deadlineMs: 25_000,
});

export const finishProviderSignIn = operation({
  name: 'identity.provider.finish',
  summary: 'Finish to sign in with what your organization’s identity provider answered',
  http: post('/api/v1/auth/provider/{orgId}/finish', { session: 'start', device: true, browser: true }),
  input: z.strictObject({
    orgId: f.id('organization'),
    /** The query of the address that the provider sent the browser to. */
    answer: f.secret(8_192),
    browser: f.digest().optional(),
    device,
  }),
  output: SignedIn,
  access: public_(),
  audit: 'session.started',
  errors: [
    identityProblems.noProvider,
    identityProblems.providerSignInUnknown,
    identityProblems.providerSignInRefused,
    identityProblems.providerAddress,
    identityProblems.providerNotMember,
    identityProblems.providerOtherPerson,
    identityProblems.secondFactorRequired,
    identityProblems.underAge,
    identityProblems.fieldNotAsked,
    identityProblems.domainNotAllowed,
    identityProblems.frozen,
    identityProblems.providerAway,
  ],
  deadlineMs: 25_000,
});

export const readProviderKeys = operation({
  name: 'identity.provider.keys',
  summary: 'The public keys (RFC 7517) with which this region shows an organization’s provider who it is',
  http: get('/api/v1/auth/provider/{orgId}/keys'),
  input: z.strictObject({ orgId: f.id('organization') }),
  output: z.strictObject({ keys: z.array(f.machineJson()) }),
  access: public_(),
  errors: [identityProblems.noProvider],
});
