import { z } from 'zod';
import { permission, public_, roles, self } from '../caller.js';
import { f } from '../field.js';
import { del, get, Nothing, operation, post } from '../operation.js';
import { identityProblems } from '../problems.js';
import { accountFields, device, SignedIn } from './account-shapes.js';

const role = f.oneOf(...roles);

const Invitation = z.strictObject({
  invitationId: f.id('invitation'),
  email: f.email(),
  role,
  createdAt: f.instant(),
  expiresAt: f.instant(),
});

export const inviteMember = operation({
  name: 'identity.invitation.create',
  summary: 'Invite somebody into your organization; a link is mailed to them. A new invitation replaces an older one.',
  http: post('/api/v1/invitations', { status: 201 }),
  input: z.strictObject({ email: f.email(), role }),
  output: Invitation,
  access: permission('members.manage'),
  audit: 'member.invited',
  errors: [identityProblems.roleOutOfReach, identityProblems.domainNotAllowed],
});

export const listInvitations = operation({
  name: 'identity.invitation.list',
  summary: 'The invitations that wait for an answer',
  http: get('/api/v1/invitations'),
  input: Nothing,
  output: z.strictObject({ invitations: z.array(Invitation) }),
  access: permission('members.read'),
});

export const revokeInvitation = operation({
  name: 'identity.invitation.revoke',
  summary: 'Take an invitation back',
  http: del('/api/v1/invitations/{invitationId}'),
  input: z.strictObject({ invitationId: f.id('invitation') }),
  output: Nothing,
  access: permission('members.manage'),
  audit: 'invitation.revoked',
});

export const acceptInvitation = operation({
  name: 'identity.invitation.accept',
  summary: 'Join the organization that invited your address; the session goes on there with a new id',
  http: post('/api/v1/invitations/accept', { session: 'start' }),
  input: z.strictObject({ token: f.secret(64) }),
  output: SignedIn,
  access: self(),
  audit: 'member.joined',
  elsewhere: true,
  errors: [
    identityProblems.notValid,
    identityProblems.otherAddress,
    identityProblems.alreadyMember,
    identityProblems.domainNotAllowed,
    identityProblems.secondFactorRequired,
  ],
});

export const signUpInvited = operation({
  name: 'identity.invitation.sign-up',
  summary: 'Create an account with the link of an invitation, which confirms the address, and join',
  http: post('/api/v1/invitations/sign-up', { session: 'start', device: true }),
  input: z.strictObject({
    token: f.secret(64),
    password: f.secret(),
    ...accountFields,
    /** The tick "I am of the minimum age or older"; only its outcome is used, it is not stored. */
    ofAge: f.boolean(),
    device,
  }),
  output: SignedIn,
  access: public_(),
  audit: 'account.signed-up',
  errors: [
    identityProblems.notValid,
    identityProblems.weakPassword,
    identityProblems.underAge,
    identityProblems.fieldNotAsked,
    identityProblems.hasAccount,
  ],
});
