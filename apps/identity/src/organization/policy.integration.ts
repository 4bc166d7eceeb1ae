import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  acceptInvitation,
  confirmIdentity,
  inviteMember,
  listSessions,
  readPolicy,
  setPolicy,
  signIn,
  signUpInvited,
  switchOrganization,
} from '@millrace/contracts';
import { MovableClock, newId } from '@millrace/kernel';
import type { TestRegion } from '@millrace/testing';
import { codeOf, People, type Person, PUBLIC } from '../identity.fixture.js';

let people: People;
let call: TestRegion['gatewayCall'];
const clock = new MovableClock();

beforeAll(async () => {
  people = await People.start({ clock });
  call = people.region.gatewayCall;
}, 60_000);
afterAll(() => people?.region.stop());

const LAX = { requireSecondFactor: false, memberDomains: [] };
const MINUTE = 60_000;

/** Sets up an authenticator and signs in with it. */
async function strengthened({ email, password, caller }: Person) {
  const { shown } = await people.addAuthenticator(caller);
  clock.advance(30_000);
  const { session } = await call(signIn, { email, password, secondFactor: shown() }, PUBLIC);
  return { token: session.token, caller: (await people.callerOf(session.token))! };
}

describe('an organization that asks for a second factor', () => {
  it('lets in whoever has shown one, and nobody else', async () => {
    const owner = await people.join('owner@example.com');
    const member = await people.member(owner.caller, 'member@example.com', 'editor');
    const policy = { ...LAX, requireSecondFactor: true };
    expect(await codeOf(call(setPolicy, policy, owner.caller))).toBe('identity.second-factor-required');
    const strong = await strengthened(owner);
    expect(await call(setPolicy, policy, strong.caller)).toEqual(policy);
    expect(await people.callerOf(strong.token)).toMatchObject({ roles: ['owner'] });
    expect(await people.callerOf(member.token)).toBeUndefined();

    const { orgId } = owner.caller;
    const again = await call(signIn, { email: member.email, password: member.password }, PUBLIC);
    const outside = (await people.callerOf(again.session.token))!;
    expect(outside.orgId).not.toBe(orgId);
    expect(await codeOf(call(switchOrganization, { orgId }, outside))).toBe('identity.second-factor-required');
    // A code that is shown in the session makes it strong; there is no need to sign out.
    const { shown } = await people.addAuthenticator(outside);
    clock.advance(30_000);
    const { session } = await call(confirmIdentity, { secondFactor: shown() }, outside);
    await call(switchOrganization, { orgId }, (await people.callerOf(session.token))!);

    const newcomer = 'newcomer@example.com';
    await call(inviteMember, { email: newcomer, role: 'viewer' }, strong.caller);
    const token = await people.invited(newcomer);
    const came = await call(signUpInvited, { token, password: 'seven unlikely herons', ofAge: true }, PUBLIC);
    expect(await people.callerOf(came.session.token)).toMatchObject({ roles: [], orgId: came.userId });
  });
});

describe('an organization that names domains', () => {
  it('invites nobody else, and lets nobody in who was invited before', async () => {
    const owner = await people.join('host@example.com');
    const guest = await people.join('guest@elsewhere.example');
    await call(inviteMember, { email: guest.email, role: 'viewer' }, owner.caller);
    const token = await people.invited(guest.email);
    await call(setPolicy, { ...LAX, memberDomains: ['Example.com'] }, owner.caller);
    expect((await call(readPolicy, {}, owner.caller)).memberDomains).toEqual(['example.com']);
    expect(await codeOf(call(acceptInvitation, { token }, guest.caller))).toBe('identity.domain-not-allowed');
    const invite = (email: string) => codeOf(call(inviteMember, { email, role: 'viewer' }, owner.caller));
    expect(await invite('x@elsewhere.example')).toBe('identity.domain-not-allowed');
    expect(await invite('x@example.com.evil.example')).toBe('identity.domain-not-allowed');
    expect(await invite('x@EXAMPLE.com')).toBe('no problem');
  });
});

describe('an organization with shorter sessions', () => {
  it('ends them earlier than the charter, and cannot let them live longer', async () => {
    const owner = await people.join('short@example.com');
    const policy = { ...LAX, sessionIdleMinutes: 10, sessionMinutes: 30 };
    expect(await codeOf(call(setPolicy, { ...policy, sessionIdleMinutes: 121 }, owner.caller))).toBe(
      'identity.policy-too-lax',
    );
    await call(setPolicy, policy, owner.caller);
    for (let passed = 0; passed < 27; passed += 9) {
      clock.advance(9 * MINUTE);
      expect(await people.callerOf(owner.token)).toBeDefined();
    }
    clock.advance(4 * MINUTE);
    expect(await people.callerOf(owner.token)).toBeUndefined();
    // The list shows what still works: the session has ended there, whatever the charter would allow.
    expect((await call(listSessions, {}, { ...owner.caller, sessionId: newId() })).sessions).toEqual([]);
    const { session } = await call(signIn, { email: owner.email, password: owner.password }, PUBLIC);
    expect(await people.callerOf(session.token)).toBeDefined();
    clock.advance(11 * MINUTE);
    expect(await people.callerOf(session.token)).toBeUndefined();
  });
});
