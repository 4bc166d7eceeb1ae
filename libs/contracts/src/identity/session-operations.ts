import { z } from 'zod';
import { public_, roles, self, service } from '../caller.js';
import { f } from '../field.js';
import { Nothing, operation, post } from '../operation.js';
import { identityProblems } from '../problems.js';
import { Session } from './account-shapes.js';

export const signIn = operation({
  name: 'identity.sign-in',
  summary: 'Start a session with e-mail address and password',
  http: post('/api/v1/auth/sign-in', { session: 'start' }),
  input: z.strictObject({ email: f.email(), password: f.secret() }),
  output: z.strictObject({ userId: f.userId(), orgId: f.id('organization'), session: Session }),
  access: public_(),
  audit: 'session.started',
  errors: [identityProblems.wrongCredentials, identityProblems.locked],
});

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
  input: z.strictObject({ tokenHash: f.digest() }),
  output: z.strictObject({
    session: z
      .strictObject({
        sessionId: f.id('session'),
        userId: f.userId(),
        orgId: f.id('organization'),
        roles: z.array(f.oneOf(...roles)),
      })
      .optional(),
  }),
  access: service('gateway'),
});

export const confirmPassword = operation({
  name: 'identity.password.confirm',
  summary: 'Whether a password is the present one of a user; counts towards the lockout',
  input: z.strictObject({ userId: f.userId(), password: f.secret() }),
  output: z.strictObject({ confirmed: f.boolean() }),
  access: service('compliance'),
  errors: [identityProblems.locked],
});
