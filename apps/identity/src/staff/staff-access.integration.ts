import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  approveStaffAccess,
  askStaffAccess,
  beginStaffSignIn,
  type Caller,
  changeMemberRole,
  endStaffAccess,
  finishStaffSignIn,
  listAccessByStaff,
  listMembers,
  listStaffAccess,
  readOrganization,
  refuseStaffAccess,
  resolveSession,
  signUp,
  confirmSignUp,
  staffAccessOpened,
} from '@millrace/contracts';
import { hashOpaqueToken } from '@millrace/crypto';
import { MovableClock, newId } from '@millrace/kernel';
import { type HostileIssuer, scratchDirectory, startHostileIssuer } from '@millrace/testing';
import { codeOf, People, PUBLIC, type User } from '../identity.fixture.js';

const GATEWAY: Caller = { kind: 'service', name: 'gateway' };
const ORIGIN = 'https://region.example';
const HOUR = 3_600_000;

const scratch = scratchDirectory();
const clock = new MovableClock(new Date());
let issuer: HostileIssuer;
let people: People;
let owner: User;

type Staff = Extract<Caller, { kind: 'staff' }>;
const call: People['region']['gatewayCall'] = (...given) => people.region.gatewayCall(...given);

beforeAll(async () => {
  const clientSecretFile = path.join(scratch.path, 'client-secret');
  writeFileSync(clientSecretFile, 'a client secret of this test');
  chmodSync(clientSecretFile, 0o600);
  issuer = await startHostileIssuer({ amr: ['mfa'] }, clock);
  people = await People.start({
    charter: 'fluxent',
    clock,
    config: {
      http: { host: '127.0.0.1', port: 0, secureCookies: false, origins: [ORIGIN] },
      staff: {
        issuer: issuer.issuer,
        clientId: 'millrace',
        clientSecretFile,
        scopes: [],
        groupsClaim: 'groups',
        groups: { support: 'support', operators: 'operator' },
        secondFactor: { amr: ['mfa'], acr: [] },
      },
    },
  });
  const [email, password] = ['owner@example.com', 'a quiet river of data'];
  await call(signUp, { email, password, ofAge: true, name: 'Olive Owner' }, PUBLIC);
  const confirmed = await call(confirmSignUp, { token: await people.mailed(email), password, device: 'x' }, PUBLIC);
  owner = (await people.callerOf(confirmed.session.token))!;
}, 60_000);
afterAll(async () => {
  await people?.region.stop();
  await issuer?.stop();
  scratch[Symbol.dispose]();
});

let ann: SignedIn;
let ben: SignedIn;
beforeEach(async () => {
  // What an earlier test has opened is closed.
  clock.advance(HOUR);
  ann = await signIn('ann', ['support']);
  ben = await signIn('ben', ['operators']);
});

interface SignedIn {
  readonly token: string;
  readonly caller: Staff;
}

/** Somebody of the staff who has just signed in. */
async function signIn(sub: string, groups: string[]): Promise<SignedIn> {
  issuer.forge((good) => ({ ...good, claims: { ...good.claims, sub, groups, name: `${sub} of the staff` } }));
  const { url, session } = await call(beginStaffSignIn, {}, PUBLIC);
  const answer = issuer.answer(url).search.slice(1);
  const browser = hashOpaqueToken(session.token);
  const { session: started } = await call(finishStaffSignIn, { answer, browser, device: 'a test' }, PUBLIC);
  return { token: started.token, caller: (await callerOf(started.token))! };
}

/** Who the gateway finds behind a session, when the request names a customer. */
async function callerOf(token: string, orgId?: string): Promise<Staff | undefined> {
  const { staff } = await call(resolveSession, { tokenHash: hashOpaqueToken(token), orgId }, GATEWAY);
  return staff && { kind: 'staff', ...staff };
}

const ask = (who = ann, orgId = owner.orgId) =>
  call(askStaffAccess, { orgId, reason: 'Ticket 4711: members cannot be invited' }, who.caller);
const events = async (accessId: string) => {
  const rows = await people.sql<{ event: string; actor: string; orgId: string; details: object }>(
    `select event, actor, org_id as "orgId", details from audit_outbox where target_id = $1 order by at, entry_id`,
    [accessId],
  );
  return rows.map(({ event, actor, orgId }) => [event, actor, orgId === owner.orgId]);
};

describe('a customer’s data', () => {
  it('is closed to the staff, whatever their role', async () => {
    for (const { token } of [ann, ben]) {
      const caller = (await callerOf(token, owner.orgId))!;
      expect(caller.access).toBeUndefined();
      expect(await codeOf(call(listMembers, {}, caller))).toBe('kernel.forbidden');
      expect(await codeOf(call(readOrganization, {}, caller))).toBe('kernel.forbidden');
    }
  });

  it('opens by the approval of a second person, for an hour, for reading; the customer sees who and why', async () => {
    const asked = await ask();
    expect(asked).toMatchObject({ state: 'asked', askedBy: 'ann of the staff' });
    const { accessId } = asked;
    expect((await callerOf(ann.token, owner.orgId))!.access).toBeUndefined();
    const opened = await call(approveStaffAccess, { accessId }, ben.caller);
    expect(opened.state).toBe('open');
    expect(Date.parse(opened.endsAt!) - clock.now().getTime()).toBe(HOUR);
    expect(await people.emitted(staffAccessOpened)).toContainEqual({ orgId: owner.orgId, accessId });

    const looking = (await callerOf(ann.token, owner.orgId))!;
    expect(looking.access).toEqual({ accessId, orgId: owner.orgId });
    expect((await call(readOrganization, {}, looking)).orgId).toBe(owner.orgId);
    expect((await call(listMembers, {}, looking)).members).toHaveLength(1);
    const change = { userId: owner.userId, role: 'viewer' as const };
    expect(await codeOf(call(changeMemberRole, change, looking))).toBe('kernel.forbidden');
    // To whoever approved it, nothing is open.
    expect((await callerOf(ben.token, owner.orgId))!.access).toBeUndefined();

    expect((await call(listAccessByStaff, {}, owner)).accesses[0]).toEqual(opened);
    expect((await events(accessId)).sort()).toEqual([
      ['staff-access.approved', 'staff', true],
      ['staff-access.asked', 'staff', true],
      ['staff-access.used', 'staff', true],
      ['staff-access.used', 'staff', true],
    ]);
    clock.advance(HOUR);
    expect((await callerOf((await signIn('ann', ['support'])).token, owner.orgId))!.access).toBeUndefined();
    expect((await call(listAccessByStaff, {}, owner)).accesses[0]!.state).toBe('ended');
  });

  it('opens to nobody by their own approval, nor twice', async () => {
    const { accessId } = await ask();
    expect(await codeOf(call(approveStaffAccess, { accessId }, ann.caller))).toBe('identity.second-person');
    expect(await codeOf(call(refuseStaffAccess, { accessId }, ann.caller))).toBe('identity.second-person');
    const both = await Promise.all([1, 2].map(() => codeOf(call(approveStaffAccess, { accessId }, ben.caller))));
    expect(both.sort()).toEqual(['identity.access-not-open', 'no problem']);
  });

  it('is approved by somebody who has just signed in', async () => {
    const { accessId } = await ask();
    clock.advance(601_000);
    expect(await codeOf(call(approveStaffAccess, { accessId }, ben.caller))).toBe('kernel.confirm-first');
  });

  it('stays closed where it is refused, and closes when it is ended', async () => {
    const refused = await ask();
    expect((await call(refuseStaffAccess, { accessId: refused.accessId }, ben.caller)).state).toBe('refused');
    expect((await callerOf(ann.token, owner.orgId))!.access).toBeUndefined();
    expect(await codeOf(call(approveStaffAccess, { accessId: refused.accessId }, ben.caller))).toBe(
      'identity.access-not-open',
    );
    const { accessId } = await ask();
    await call(approveStaffAccess, { accessId }, ben.caller);
    expect((await callerOf(ann.token, owner.orgId))!.access).toBeDefined();
    expect((await call(endStaffAccess, { accessId }, ann.caller)).state).toBe('ended');
    expect((await callerOf(ann.token, owner.orgId))!.access).toBeUndefined();
    expect(await codeOf(call(endStaffAccess, { accessId }, ann.caller))).toBe('identity.access-not-open');
  });

  it('is one customer’s: an access opens no other', async () => {
    const { accessId } = await ask();
    await call(approveStaffAccess, { accessId }, ben.caller);
    expect((await callerOf(ann.token, newId()))!.access).toBeUndefined();
    expect((await callerOf(ann.token))!.access).toBeUndefined();
    expect(await codeOf(ask(ann, newId()))).toBe('kernel.not-found');
  });

  it('waits for as many people as the charter says', async () => {
    const { charter } = people.region.service('identity').runtime;
    const { staff } = charter.document;
    const three = { ...staff, breakGlass: { ...staff.breakGlass, approvals: 3 } };
    const document = { ...charter.document, staff: three };
    const { charters } = people.region.service('identity').runtime;
    const at = charters.at.bind(charters);
    charters.at = () => Object.create(charter, { document: { value: document } }) as typeof charter;
    try {
      const cat = await signIn('cat', ['operators']);
      const { accessId } = await ask();
      expect((await call(approveStaffAccess, { accessId }, ben.caller)).state).toBe('asked');
      expect(await codeOf(call(approveStaffAccess, { accessId }, ben.caller))).toBe('identity.second-person');
      expect((await callerOf(ann.token, owner.orgId))!.access).toBeUndefined();
      expect((await call(approveStaffAccess, { accessId }, cat.caller)).state).toBe('open');
      expect((await callerOf(ann.token, owner.orgId))!.access).toBeDefined();
    } finally {
      charters.at = at;
    }
  });

  it('is asked for by those who help, and the list is the staff’s', async () => {
    expect(await codeOf(ask(ben))).toBe('kernel.forbidden');
    expect((await call(listStaffAccess, {}, ben.caller)).accesses.length).toBeGreaterThan(3);
    expect(await codeOf(call(listStaffAccess, {}, owner))).toBe('kernel.forbidden');
    const stranger: User = { ...owner, orgId: newId(), userId: newId() };
    expect((await call(listAccessByStaff, {}, stranger)).accesses).toEqual([]);
  });
});
