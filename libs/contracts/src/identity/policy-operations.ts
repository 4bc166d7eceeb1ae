import { z } from 'zod';
import { permission } from '../caller.js';
import { f } from '../field.js';
import { get, Nothing, operation, put } from '../operation.js';
import { identityProblems } from '../problems.js';

/** A day and a year, in minutes: no charter lets a session live longer. */
const [DAY, YEAR] = [1_440, 525_600];

/** What an organization asks of its members beyond the charter. It can be stricter than that, never laxer. */
const Policy = z.strictObject({
  /** Whoever enters must have shown a second factor or a passkey when signing in. */
  requireSecondFactor: f.boolean(),
  /** Domains of the addresses that may join; empty for any. Members who belong already stay. */
  memberDomains: z.array(f.hostname()).max(50),
  /** After so many minutes without a request a session here ends; absent: as the charter says. */
  sessionIdleMinutes: f.integer(5, DAY).optional(),
  /** So many minutes after its start a session here ends, whatever happens; absent: as the charter says. */
  sessionMinutes: f.integer(15, YEAR).optional(),
});
export type OrganizationPolicy = z.output<typeof Policy>;

export const readPolicy = operation({
  name: 'identity.policy.read',
  summary: 'What your organization asks of its members',
  http: get('/api/v1/organization/policy'),
  input: Nothing,
  output: Policy,
  access: permission('members.read'),
});

export const setPolicy = operation({
  name: 'identity.policy.set',
  summary: 'Set what your organization asks of its members; sessions that fall short of it end with their next request',
  http: put('/api/v1/organization/policy'),
  input: Policy,
  output: Policy,
  access: permission('organization.manage'),
  stepUp: true,
  audit: 'organization.policy-set',
  errors: [identityProblems.policyTooLax, identityProblems.secondFactorRequired],
});
