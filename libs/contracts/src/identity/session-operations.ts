import { z } from 'zod';
import { roles, self, service, staffRoles } from '../caller.js';
import { f } from '../field.js';
import { del, get, Nothing, operation, post } from '../operation.js';
import { identityProblems } from '../problems.js';
import { secondFactor, SignedIn } from './account-shapes.js';

export const signOut = operation({
  name: 'identity.sign-out',
  summary: 'End the present session',
  http: post('/api/v1/auth/sign-out', { session: 'end' }),
  input: Nothing,
  output: Nothing,
  access: self(),
  audit: 'session.ended',
});

export const resolveSession = operation({
  name: 'identity.session.resolve',
  summary: 'Who a session belongs to; the session id arrives as its SHA-256, never itself',
  input: z.strictObject({
    tokenHash: f.digest(),
    /** The customer that one of the staff asks about. */
    orgId: f.id('organization').optional(),
  }),
  output: z.strictObject({
    session: z
      .strictObject({
        sessionId: f.id('session'),
        userId: f.userId(),
        orgId: f.id('organization'),
        roles: z.array(f.oneOf(...roles)),
        confirmedAt: f.instant(),
        /** Set while only the organization's identity provider says who they are. */
        provenBy: f.oneOf('organization').optional(),
      })
      .optional(),
    /** Set instead where it is a session of the operator's staff. */
    staff: z
      .strictObject({
        sessionId: f.id('session'),
        staffId: f.userId(),
        roles: z.array(f.oneOf(...staffRoles)),
        confirmedAt: f.instant(),
        /** Set where that customer is open to them. */
        access: z.strictObject({ accessId: f.id('staff-access'), orgId: f.id('organization') }).optional(),
      })
      .optional(),
  }),
  access: service('gateway'),
});

const OwnSession = z.strictObject({
  sessionId: f.id('session'),
  device: f.personalText(60).optional(),
  startedAt: f.instant(),
  lastSeenAt: f.instant(),
  expiresAt: f.instant(),
  /** Whether it is the one that asks. */
  current: f.boolean(),
});

export const listSessions = operation({
  name: 'identity.session.list',
  summary: 'Where you are signed in',
  http: get('/api/v1/auth/sessions'),
  input: Nothing,
  output: z.strictObject({ sessions: z.array(OwnSession) }),
  access: self(),
  // How long a session lives, its organization says too.
  elsewhere: true,
});

export const revokeSession = operation({
  name: 'identity.session.revoke',
  summary: 'End one of your sessions',
  http: del('/api/v1/auth/sessions/{sessionId}'),
  input: z.strictObject({ sessionId: f.id('session') }),
  output: Nothing,
  access: self(),
  audit: 'session.ended',
});

export const revokeOtherSessions = operation({
  name: 'identity.session.revoke-others',
  summary: 'End every session of yours but the present one',
  http: del('/api/v1/auth/sessions'),
  input: Nothing,
  output: z.strictObject({ ended: f.count() }),
  access: self(),
  audit: 'session.others-ended',
});

export const confirmIdentity = operation({
  name: 'identity.session.confirm',
  summary: 'Show once more that it is you, before something that cannot be taken back; the session gets a new id',
  http: post('/api/v1/auth/confirm', { session: 'start' }),
  /** The password; with an authenticator, a code of that instead. */
  input: z.strictObject({ password: f.secret().optional(), secondFactor }),
  output: SignedIn,
  access: self(),
  audit: 'session.confirmed',
  errors: [
    identityProblems.passwordNeeded,
    identityProblems.secondFactorNeeded,
    identityProblems.wrongSecondFactor,
    identityProblems.locked,
  ],
});

export const changePassword = operation({
  name: 'identity.password.change',
  summary: 'Set a new password. Every other session ends and this one gets a new id.',
  http: post('/api/v1/auth/password', { session: 'start' }),
  input: z.strictObject({ present: f.secret(), password: f.secret(), secondFactor }),
  output: SignedIn,
  access: self(),
  audit: 'password.changed',
  errors: [
    identityProblems.passwordNeeded,
    identityProblems.secondFactorNeeded,
    identityProblems.wrongSecondFactor,
    identityProblems.weakPassword,
    identityProblems.locked,
  ],
});

export const confirmPassword = operation({
  name: 'identity.password.confirm',
  summary:
    'Whether a user has shown who they are, by the password and a second factor where there is one; counts towards the lockout',
  input: z.strictObject({ userId: f.userId(), password: f.secret(), secondFactor }),
  output: z.strictObject({ confirmed: f.boolean() }),
  access: service('compliance'),
  errors: [identityProblems.secondFactorNeeded, identityProblems.wrongSecondFactor, identityProblems.locked],
});
