import { z } from 'zod';
import { any, breakGlass, permission, roles, self, service } from '../caller.js';
import { f } from '../field.js';
import { del, get, Nothing, operation, patch, post } from '../operation.js';
import { identityProblems } from '../problems.js';
import { SignedIn } from './account-shapes.js';

const role = f.oneOf(...roles);

const Organization = z.strictObject({
  orgId: f.id('organization'),
  name: f.label(),
  createdAt: f.instant(),
  /** The agreement with it: since when, and under which version of the operator's terms. */
  contract: z.strictObject({ termsVersion: f.word(40), startedAt: f.instant() }),
});

const Member = z.strictObject({
  userId: f.userId(),
  email: f.email(),
  name: f.personName().optional(),
  role,
  joinedAt: f.instant(),
});

export const listOrganizations = operation({
  name: 'identity.organization.list',
  summary: 'The organizations that you belong to',
  http: get('/api/v1/organizations'),
  input: Nothing,
  output: z.strictObject({
    organizations: z.array(
      z.strictObject({ orgId: f.id('organization'), name: f.label(), role, current: f.boolean() }),
    ),
  }),
  access: self(),
  elsewhere: true,
});

export const createOrganization = operation({
  name: 'identity.organization.create',
  summary: 'Open one more organization, with you as its owner; your session stays where it is',
  http: post('/api/v1/organizations', { status: 201 }),
  input: z.strictObject({ name: f.label() }),
  output: Organization,
  access: self(),
  audit: 'organization.created',
  elsewhere: true,
});

export const switchOrganization = operation({
  name: 'identity.organization.switch',
  summary: 'Go on in another of your organizations; the session gets a new id',
  http: post('/api/v1/organizations/{orgId}/switch', { session: 'start' }),
  input: z.strictObject({ orgId: f.id('organization') }),
  output: SignedIn,
  access: self(),
  audit: 'session.switched',
  elsewhere: true,
  errors: [identityProblems.secondFactorRequired],
});

export const readOrganization = operation({
  name: 'identity.organization.read',
  summary: 'The organization of your session',
  http: get('/api/v1/organization'),
  input: Nothing,
  output: Organization,
  access: any(permission('members.read'), breakGlass()),
});

export const renameOrganization = operation({
  name: 'identity.organization.rename',
  summary: 'Give your organization another name',
  http: patch('/api/v1/organization'),
  input: z.strictObject({ name: f.label() }),
  output: Organization,
  access: permission('organization.manage'),
  audit: 'organization.renamed',
});

export const closeOrganization = operation({
  name: 'identity.organization.close',
  summary: 'Close your organization: its connections end at once, and everything of it goes when the charter says',
  http: del('/api/v1/organization', { session: 'end' }),
  input: Nothing,
  output: z.strictObject({ closedAt: f.instant() }),
  access: permission('organization.manage'),
  stepUp: true,
  audit: 'organization.closed',
  errors: [identityProblems.roleOutOfReach],
});

export const leaveOrganization = operation({
  name: 'identity.organization.leave',
  summary: 'Leave the organization of your session',
  http: post('/api/v1/organization/leave', { session: 'end' }),
  input: Nothing,
  output: Nothing,
  access: self(),
  audit: 'member.left',
  errors: [identityProblems.lastOwner],
});

export const transferOwnership = operation({
  name: 'identity.organization.transfer',
  summary: 'Make a member the owner in your place; you become an admin',
  http: post('/api/v1/organization/transfer'),
  input: z.strictObject({ userId: f.userId() }),
  output: Nothing,
  access: permission('organization.manage'),
  stepUp: true,
  audit: 'ownership.transferred',
  errors: [identityProblems.roleOutOfReach],
});

export const listMembers = operation({
  name: 'identity.member.list',
  summary: 'Who belongs to your organization',
  http: get('/api/v1/members'),
  input: Nothing,
  output: z.strictObject({ members: z.array(Member) }),
  access: any(permission('members.read'), breakGlass()),
});

export const changeMemberRole = operation({
  name: 'identity.member.change-role',
  summary: 'Give a member another role; their sessions here end, so that nothing goes on with the old one',
  http: patch('/api/v1/members/{userId}'),
  input: z.strictObject({ userId: f.userId(), role }),
  output: Nothing,
  access: permission('members.manage'),
  audit: 'member.role-changed',
  errors: [identityProblems.roleOutOfReach, identityProblems.lastOwner],
});

export const removeMember = operation({
  name: 'identity.member.remove',
  summary: 'Remove a member; their sessions here end at once',
  http: del('/api/v1/members/{userId}'),
  input: z.strictObject({ userId: f.userId() }),
  output: Nothing,
  access: permission('members.manage'),
  audit: 'member.removed',
  errors: [identityProblems.roleOutOfReach, identityProblems.lastOwner],
});

/** Accounts belong to people and not to organizations, so their names are read by the service, on its own account. */
export const resolveMembers = operation({
  name: 'identity.member.resolve',
  summary: 'The members of an organization with their addresses',
  input: z.strictObject({ orgId: f.id('organization') }),
  output: z.strictObject({ members: z.array(Member) }),
  access: service('identity'),
});
