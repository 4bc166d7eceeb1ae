import { z } from 'zod';
import { public_ } from '../caller.js';
import { f } from '../field.js';
import { operation, post } from '../operation.js';
import { identityProblems } from '../problems.js';
import { device, secondFactor, SignedIn } from './account-shapes.js';

/** The answer to a request for a mail: the same for every address. */
const Accepted = z.strictObject({ status: f.oneOf('accepted') });

const secondFactorProblems = [identityProblems.secondFactorNeeded, identityProblems.wrongSecondFactor];

export const signIn = operation({
  name: 'identity.sign-in',
  summary: 'Start a session with e-mail address and password',
  http: post('/api/v1/auth/sign-in', { session: 'start', device: true }),
  input: z.strictObject({ email: f.email(), password: f.secret(), secondFactor, device }),
  output: SignedIn,
  access: public_(),
  audit: 'session.started',
  errors: [identityProblems.wrongCredentials, ...secondFactorProblems, identityProblems.locked],
});

export const requestSignInCode = operation({
  name: 'identity.sign-in-code.request',
  summary: 'Have a code mailed that starts a session; the answer is the same whether or not the address is known',
  http: post('/api/v1/auth/sign-in/code', { status: 202 }),
  input: z.strictObject({ email: f.email() }),
  /** `challenge` belongs to the browser that asked: the code works together with it only. */
  output: Accepted.extend({ challenge: f.secret(), expiresAt: f.instant() }),
  access: public_(),
  audit: 'sign-in.requested',
});

export const confirmSignInCode = operation({
  name: 'identity.sign-in-code.confirm',
  summary: 'Start a session with the code that was mailed',
  http: post('/api/v1/auth/sign-in/code/confirm', { session: 'start', device: true }),
  input: z.strictObject({ challenge: f.secret(64), code: f.secret(16), secondFactor, device }),
  output: SignedIn,
  access: public_(),
  audit: 'session.started',
  errors: [identityProblems.notValid, ...secondFactorProblems, identityProblems.locked],
});

export const requestSignInLink = operation({
  name: 'identity.sign-in-link.request',
  summary: 'Have a link mailed that starts a session; the answer is the same whether or not the address is known',
  http: post('/api/v1/auth/sign-in/link', { status: 202 }),
  input: z.strictObject({ email: f.email() }),
  output: Accepted,
  access: public_(),
  audit: 'sign-in.requested',
});

export const confirmSignInLink = operation({
  name: 'identity.sign-in-link.confirm',
  summary: 'Start a session with the link that was mailed',
  http: post('/api/v1/auth/sign-in/link/confirm', { session: 'start', device: true }),
  input: z.strictObject({ token: f.secret(64), secondFactor, device }),
  output: SignedIn,
  access: public_(),
  audit: 'session.started',
  errors: [identityProblems.notValid, ...secondFactorProblems, identityProblems.locked],
});

export const requestPasswordReset = operation({
  name: 'identity.password-reset.request',
  summary: 'Have a link mailed that sets a new password; the answer is the same whether or not the address is known',
  http: post('/api/v1/auth/password/reset', { status: 202 }),
  input: z.strictObject({ email: f.email() }),
  output: Accepted,
  access: public_(),
  audit: 'password.reset-requested',
});

export const confirmPasswordReset = operation({
  name: 'identity.password-reset.confirm',
  summary: 'Set a new password with the link that was mailed. Every session ends.',
  http: post('/api/v1/auth/password/reset/confirm'),
  input: z.strictObject({ token: f.secret(64), password: f.secret() }),
  output: z.strictObject({ status: f.oneOf('changed') }),
  access: public_(),
  audit: 'password.changed',
  errors: [identityProblems.notValid, identityProblems.weakPassword],
});
