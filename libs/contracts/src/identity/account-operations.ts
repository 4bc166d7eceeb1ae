import { z } from 'zod';
import { public_, self, service } from '../caller.js';
import { SubjectKeys } from '../context/context-operations.js';
import { f } from '../field.js';
import { get, Nothing, operation, patch, post } from '../operation.js';
import { identityProblems } from '../problems.js';
import { accountFields, device, Profile, SignedIn } from './account-shapes.js';

export const signUp = operation({
  name: 'identity.sign-up',
  summary:
    'Ask for an account and an organization of its own: a link is mailed that confirms the address. The answer is the same whether or not the address is known.',
  http: post('/api/v1/auth/sign-up', { status: 202 }),
  input: z.strictObject({
    email: f.email(),
    password: f.secret(),
    ...accountFields,
    organization: f.label().optional(),
    /** The tick "I am of the minimum age or older"; only its outcome is used, it is not stored. */
    ofAge: f.boolean(),
  }),
  output: z.strictObject({ status: f.oneOf('accepted') }),
  access: public_(),
  audit: 'account.requested',
  errors: [identityProblems.weakPassword, identityProblems.underAge, identityProblems.fieldNotAsked],
});

export const confirmSignUp = operation({
  name: 'identity.sign-up.confirm',
  summary: 'Create the account that was asked for, with the link that was mailed and the password that was chosen',
  http: post('/api/v1/auth/sign-up/confirm', { session: 'start', device: true }),
  /** The password again: a stranger who asked for an account with somebody's address must not have it confirmed by them. */
  input: z.strictObject({ token: f.secret(64), password: f.secret(), device }),
  output: SignedIn,
  access: public_(),
  audit: 'account.signed-up',
  errors: [identityProblems.notValid, identityProblems.wrongCredentials],
});

export const readProfile = operation({
  name: 'identity.profile.read',
  summary: 'Your own account',
  http: get('/api/v1/auth/me'),
  input: Nothing,
  output: Profile,
  access: self(),
});

export const updateProfile = operation({
  name: 'identity.profile.update',
  summary: 'Correct your own account; leave out what stays, send null to remove it',
  http: patch('/api/v1/auth/me'),
  input: z.strictObject({
    name: accountFields.name.unwrap().nullable().optional(),
    company: accountFields.company.unwrap().nullable().optional(),
    jobTitle: accountFields.jobTitle.unwrap().nullable().optional(),
    phone: accountFields.phone.unwrap().nullable().optional(),
    username: accountFields.username.unwrap().nullable().optional(),
  }),
  output: Profile,
  access: self(),
  audit: 'profile.updated',
  errors: [identityProblems.fieldNotAsked],
});

export const requestEmailChange = operation({
  name: 'identity.email-change.request',
  summary: 'Have a link mailed to a new address that makes it yours; the old address is told',
  http: post('/api/v1/auth/me/email', { status: 202 }),
  input: z.strictObject({ email: f.email() }),
  output: z.strictObject({ status: f.oneOf('accepted') }),
  access: self(),
  audit: 'email.change-requested',
  stepUp: true,
});

export const confirmEmailChange = operation({
  name: 'identity.email-change.confirm',
  summary: 'Take the new address, with the link that was mailed to it',
  http: post('/api/v1/auth/me/email/confirm'),
  input: z.strictObject({ token: f.secret(64) }),
  output: z.strictObject({ status: f.oneOf('changed') }),
  access: public_(),
  audit: 'email.changed',
  errors: [identityProblems.notValid],
});

export const resolveSubject = operation({
  name: 'identity.subject.resolve',
  summary: 'The keys under which services hold a user, and the organizations that end with them',
  input: z.strictObject({ userId: f.userId() }),
  output: SubjectKeys,
  access: service('compliance'),
});

export const resolveContacts = operation({
  name: 'identity.contacts.resolve',
  summary: 'Addresses to write to: of one user, or of the owners of an organization',
  input: z.strictObject({ orgId: f.id('organization'), userId: f.userId().optional() }),
  output: z.strictObject({ contacts: z.array(z.strictObject({ userId: f.userId(), email: f.email() })) }),
  access: service('notifications'),
});
