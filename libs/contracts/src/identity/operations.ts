import { z } from 'zod';
import { public_, roles, self, service } from '../caller.js';
import { SubjectKeys } from '../context/context-operations.js';
import { f } from '../field.js';
import { get, Nothing, operation, patch, post } from '../operation.js';
import { identityProblems } from '../problems.js';

/** What a person may say about themselves; the charter decides which of these a region asks for. */
const accountFields = {
  name: f.personName().optional(),
  company: f.personalText(200).optional(),
  jobTitle: f.personalText(200).optional(),
  phone: f.personalText(40).optional(),
  username: f.personalText(64).optional(),
};

const Session = z.strictObject({ token: f.secret(), expiresAt: f.instant() });

export const Profile = z.strictObject({
  userId: f.userId(),
  orgId: f.id('organization'),
  roles: z.array(f.oneOf(...roles)),
  email: f.email(),
  ...accountFields,
  createdAt: f.instant(),
});
export type Profile = z.output<typeof Profile>;

export const signUp = operation({
  name: 'identity.sign-up',
  summary:
    'Create an account and an organization of its own. The answer is the same whether or not the address is known.',
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
  audit: 'account.signed-up',
  errors: [identityProblems.weakPassword, identityProblems.underAge, identityProblems.fieldNotAsked],
});

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

export const confirmPassword = operation({
  name: 'identity.password.confirm',
  summary: 'Whether a password is the present one of a user; counts towards the lockout',
  input: z.strictObject({ userId: f.userId(), password: f.secret() }),
  output: z.strictObject({ confirmed: f.boolean() }),
  access: service('compliance'),
  errors: [identityProblems.locked],
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
