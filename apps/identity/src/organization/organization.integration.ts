import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  acceptInvitation,
  type Caller,
  changeMemberRole,
  closeOrganization,
  createOrganization,
  inviteMember,
  leaveOrganization,
  listInvitations,
  listMembers,
  listOrganizations,
  organizationClosed,
  readOrganization,
  readProfile,
  removeMember,
  renameOrganization,
  resolveContacts,
  revokeInvitation,
  roles,
  securityAlerted,
  signIn,
  signUp,
  signUpInvited,
  switchOrganization,
  transferOwnership,
} from '@millrace/contracts';
import { MovableClock, until } from '@millrace/kernel';
import type { TestRegion } from '@millrace/testing';
import { codeOf, People, type Person, PUBLIC, type User } from '../identity.fixture.js';

let people: People;
let call: TestRegion['gatewayCall'];
const clock = new MovableClock();

beforeAll(async () => {
  people = await People.start({ clock });
  call = people.region.gatewayCall;
}, 60_000);
afterAll(() => people?.region.stop());

const NOTIFICATIONS: Caller = { kind: 'service', name: 'notifications' };
const endedAt = async ({ caller }: Person) => {
  const [row] = await people.sql<{ ended_at: Date | null }>('select ended_at from account where id = $1', [
    caller.userId,
  ]);
  return row!.ended_at;
};

describe('an invitation', () => {
  it('brings somebody in who has an account, into a session with the new role', async () => {
    const ada = await people.join('ada@example.com');
    const bob = await people.member(ada.caller, 'bob@example.com', 'editor');
    expect(bob.caller).toMatchObject({ orgId: ada.caller.orgId, roles: ['editor'] });
    const { members } = await call(listMembers, {}, bob.caller);
    expect(members.map(({ email, role }) => [email, role]).sort()).toEqual([
      ['ada@example.com', 'owner'],
      ['bob@example.com', 'editor'],
    ]);
    expect(await call(listInvitations, {}, ada.caller)).toEqual({ invitations: [] });
    expect((await call(listOrganizations, {}, bob.caller)).organizations.map((one) => one.role).sort()).toEqual([
      'editor',
      'owner',
    ]);
  });

  it('makes an account for somebody who has none; the link confirms the address', async () => {
    const host = await people.join('host@example.com');
    const email = 'newcomer@example.com';
    await call(inviteMember, { email, role: 'viewer' }, host.caller);
    const token = await people.invited(email);
    const says = { token, password: 'seven unlikely herons', name: 'New Comer' };
    expect(await codeOf(call(signUpInvited, { ...says, ofAge: false }, PUBLIC))).toBe('identity.under-age');
    const { session, orgId } = await call(signUpInvited, { ...says, ofAge: true }, PUBLIC);
    expect(orgId).toBe(host.caller.orgId);
    expect(await people.callerOf(session.token)).toMatchObject({ roles: ['viewer'] });
    expect(await codeOf(call(signUpInvited, { ...says, ofAge: true }, PUBLIC))).toBe('identity.not-valid');
  });

  it('is for its address only, works once, and dies with its revocation, its successor and its time', async () => {
    const host = await people.join('host2@example.com');
    const [guest, thief] = [await people.join('guest2@example.com'), await people.join('thief2@example.com')];
    const invite = () => call(inviteMember, { email: guest.email, role: 'viewer' }, host.caller);
    const accept = async (as: Person, token: string) => codeOf(call(acceptInvitation, { token }, as.caller));
    const { invitationId } = await invite();
    const first = await people.invited(guest.email);
    expect(await accept(thief, first)).toBe('identity.other-address');
    await call(revokeInvitation, { invitationId }, host.caller);
    expect(await accept(guest, first)).toBe('identity.not-valid');
    await invite();
    const second = await people.invited(guest.email);
    await invite();
    expect(await accept(guest, second)).toBe('identity.not-valid');
    const third = await people.invited(guest.email);
    clock.advance(7 * 86_400_000);
    expect(await accept(guest, third)).toBe('identity.not-valid');
    await invite();
    const last = await people.invited(guest.email);
    const outcomes = await Promise.all([accept(guest, last), accept(guest, last)]);
    expect(outcomes.sort()).toEqual(['identity.not-valid', 'no problem']);
  });
});

describe('roles', () => {
  it('are managed by owners and admins, and owners by owners only', async () => {
    const owner = await people.join('owner3@example.com');
    const admin = await people.member(owner.caller, 'admin3@example.com', 'admin');
    const target = await people.member(owner.caller, 'target3@example.com', 'viewer');
    const { userId } = target.caller;
    for (const role of roles) {
      const expected = role === 'owner' ? 'identity.role-out-of-reach' : 'no problem';
      expect([role, await codeOf(call(changeMemberRole, { userId, role }, admin.caller))]).toEqual([role, expected]);
      expect([role, await codeOf(call(inviteMember, { email: 'x@example.com', role }, admin.caller))]).toEqual([
        role,
        expected,
      ]);
    }
    const ownerId = owner.caller.userId;
    expect(await codeOf(call(removeMember, { userId: ownerId }, admin.caller))).toBe('identity.role-out-of-reach');
    expect(await codeOf(call(changeMemberRole, { userId: ownerId, role: 'viewer' }, admin.caller))).toBe(
      'identity.role-out-of-reach',
    );
    for (const role of ['editor', 'viewer', 'billing', 'privacy'] as const) {
      const caller: User = { ...target.caller, roles: [role] };
      expect(await codeOf(call(removeMember, { userId: admin.caller.userId }, caller))).toBe('kernel.forbidden');
    }
  });

  it('that change end the sessions that had the old ones', async () => {
    const owner = await people.join('owner4@example.com');
    const member = await people.member(owner.caller, 'member4@example.com', 'admin');
    await call(changeMemberRole, { userId: member.caller.userId, role: 'viewer' }, owner.caller);
    expect(await people.callerOf(member.token)).toBeUndefined();
    const again = await call(signIn, { email: member.email, password: member.password }, PUBLIC);
    expect(await people.callerOf(again.session.token)).toMatchObject({
      orgId: owner.caller.orgId,
      roles: ['viewer'],
    });
  });

  it('leave an organization with an owner, whoever is faster', async () => {
    const one = await people.join('one5@example.com');
    const two = await people.member(one.caller, 'two5@example.com', 'viewer');
    expect(await codeOf(call(leaveOrganization, {}, one.caller))).toBe('identity.last-owner');
    await call(changeMemberRole, { userId: two.caller.userId, role: 'owner' }, one.caller);
    const twoAsOwner: User = { ...two.caller, roles: ['owner'] };
    const outcomes = await Promise.all([
      codeOf(call(leaveOrganization, {}, one.caller)),
      codeOf(call(leaveOrganization, {}, twoAsOwner)),
    ]);
    expect(outcomes.sort()).toEqual(['identity.last-owner', 'no problem']);
  });

  it('pass from an owner to a member in one step, soon after the owner showed who they are', async () => {
    const owner = await people.join('owner6@example.com');
    const heir = await people.member(owner.caller, 'heir6@example.com', 'viewer');
    const { userId } = heir.caller;
    const stale: User = { ...owner.caller, confirmedAt: '2020-01-01T00:00:00.000Z' };
    expect(await codeOf(call(transferOwnership, { userId }, stale))).toBe('kernel.confirm-first');
    await call(transferOwnership, { userId }, owner.caller);
    const { members } = await call(listMembers, {}, owner.caller);
    expect(Object.fromEntries(members.map(({ email, role }) => [email, role]))).toEqual({
      'owner6@example.com': 'admin',
      'heir6@example.com': 'owner',
    });
  });
});

describe('an organization', () => {
  it('of several can be entered; the session gets a new id and the roles there', async () => {
    const person = await people.join('several@example.com');
    const second = await call(createOrganization, { name: 'Second' }, person.caller);
    const { session } = await call(switchOrganization, { orgId: second.orgId }, person.caller);
    expect(session.token).not.toBe(person.token);
    const there = (await people.callerOf(session.token))!;
    expect(there).toMatchObject({ orgId: second.orgId, roles: ['owner'] });
    expect(await call(renameOrganization, { name: 'Renamed' }, there)).toMatchObject({ name: 'Renamed' });
    const again = await call(signIn, { email: person.email, password: person.password }, PUBLIC);
    expect(again.orgId).toBe(second.orgId);
    const stranger = await people.join('stranger@example.com');
    expect(await codeOf(call(switchOrganization, { orgId: second.orgId }, stranger.caller))).toBe('kernel.not-found');
  });

  it('that closes lets nobody in, tells every service, and leaves its people their own affairs', async () => {
    const owner = await people.join('closing@example.com');
    const member = await people.member(owner.caller, 'closing-member@example.com', 'admin');
    expect(await codeOf(call(closeOrganization, {}, member.caller))).toBe('identity.role-out-of-reach');
    await call(closeOrganization, {}, owner.caller);
    expect(await people.callerOf(owner.token)).toBeUndefined();
    expect(await people.callerOf(member.token)).toBeUndefined();
    expect((await people.emitted(organizationClosed)).map((one) => one.orgId)).toContain(owner.caller.orgId);
    await until('the account to be without a contract', 10_000, async () => {
      const [row] = await people.sql<{ ended: boolean }>(
        'select ended_at is not null as ended from account where id = $1',
        [owner.caller.userId],
      );
      return row!.ended;
    });
    const { session } = await call(signIn, { email: owner.email, password: owner.password }, PUBLIC);
    const alone = (await people.callerOf(session.token))!;
    expect(alone).toMatchObject({ orgId: owner.caller.userId, roles: [] });
    expect((await call(readProfile, {}, alone)).email).toBe(owner.email);
    expect(await codeOf(call(readOrganization, {}, alone))).toBe('kernel.forbidden');
    // What happens to the account is told to the person, whatever they belong to.
    const told = async () =>
      (await people.emitted(securityAlerted)).filter((one) => one.userId === owner.caller.userId);
    await call(signUp, { email: owner.email, password: owner.password, ofAge: true }, PUBLIC);
    expect((await told()).at(-1)).toEqual({
      alert: 'sign-up-with-known-address',
      orgId: owner.caller.userId,
      userId: owner.caller.userId,
    });
    const notifications = await people.region.clientOf('notifications');
    const { userId } = owner.caller;
    for (const orgId of [userId, owner.caller.orgId]) {
      const { contacts } = await notifications.call(resolveContacts, { orgId, userId }, NOTIFICATIONS);
      expect(contacts).toEqual([{ userId, email: owner.email }]);
    }
    const fresh = await call(createOrganization, { name: 'Again' }, alone);
    // From here on no period runs for the account, whether they go there or not.
    expect(await endedAt(owner)).toBeNull();
    const entered = await call(switchOrganization, { orgId: fresh.orgId }, alone);
    expect(await people.callerOf(entered.session.token)).toMatchObject({ roles: ['owner'] });
  });

  it('has a contract under the terms in force, which ends with it and names nobody once its people are gone', async () => {
    const owner = await people.join('contracting@example.com');
    const { orgId, userId } = owner.caller;
    const { version } = people.region.service('identity').runtime.charter;
    const { contract, createdAt } = await call(readOrganization, {}, owner.caller);
    expect(contract).toEqual({ termsVersion: version, startedAt: createdAt });
    const kept = () =>
      people.sql<{ by: string | null; ended: boolean }>(
        'select accepted_by as by, ended_at is not null as ended from contract where org_id = $1',
        [orgId],
      );
    expect(await kept()).toEqual([{ by: userId, ended: false }]);
    await call(closeOrganization, {}, owner.caller);
    expect(await kept()).toEqual([{ by: userId, ended: true }]);
  });

  it('that somebody was removed from is closed to them at once', async () => {
    const owner = await people.join('owner7@example.com');
    const member = await people.member(owner.caller, 'removed7@example.com', 'editor');
    await call(removeMember, { userId: member.caller.userId }, owner.caller);
    expect(await people.callerOf(member.token)).toBeUndefined();
    const { orgId } = await call(signIn, { email: member.email, password: member.password }, PUBLIC);
    expect(orgId).not.toBe(owner.caller.orgId);
  });
});
