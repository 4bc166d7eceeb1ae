import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  beginStaffSignIn,
  type Caller,
  finishStaffSignIn,
  inviteFirstStaff,
  listOrganizations,
  readStaff,
  resolveSession,
  signOutStaff,
} from '@millrace/contracts';
import { hashOpaqueToken } from '@millrace/crypto';
import { MovableClock, newId } from '@millrace/kernel';
import {
  type HostileIssuer,
  scratchDirectory,
  startAuthorizationServer,
  startHostileIssuer,
  type TestAuthorizationServer,
  type Token,
} from '@millrace/testing';
import { codeOf, People, PUBLIC } from '../identity.fixture.js';
import { claiming, forgedTokens } from '../identity-provider/forged-tokens.fixture.js';

const GATEWAY: Caller = { kind: 'service', name: 'gateway' };
const OPERATOR: Caller = { kind: 'service', name: 'operator' };
const USER = { kind: 'user', roles: ['owner'] } as const;
const ORIGIN = 'https://region.example';
const SECRET = 'a client secret of this test';

const scratch = scratchDirectory();
const clientSecretFile = path.join(scratch.path, 'client-secret');
writeFileSync(clientSecretFile, SECRET);
chmodSync(clientSecretFile, 0o600);
afterAll(() => scratch[Symbol.dispose]());

const clock = new MovableClock(new Date());
const regionWith = (issuer: string, charter: 'fluxent' | 'dataflow-xpert' = 'fluxent') =>
  People.start({
    charter,
    clock,
    config: {
      http: { host: '127.0.0.1', port: 0, secureCookies: false, origins: [ORIGIN] },
      staff: {
        issuer,
        clientId: 'millrace',
        clientSecretFile,
        scopes: [],
        groupsClaim: 'groups',
        groups: { 'support-team': 'support', 'privacy-team': 'officer' },
        secondFactor: { amr: ['mfa', 'otp'], acr: ['urn:test:mfa'] },
      },
    },
  });

let people: People;
const call: People['region']['gatewayCall'] = (...given) => people.region.gatewayCall(...given);
const begin = async (invitation?: string) => {
  const begun = await call(beginStaffSignIn, invitation === undefined ? {} : { invitation }, PUBLIC);
  return { url: begun.url, browser: hashOpaqueToken(begun.session.token) };
};
const finish = (answer: URL | string, browser?: string) =>
  call(
    finishStaffSignIn,
    { answer: typeof answer === 'string' ? answer : answer.search.slice(1), browser, device: 'Firefox on Linux' },
    PUBLIC,
  );
const callerOf = async (token: string): Promise<Caller | undefined> => {
  const { staff, session } = await call(resolveSession, { tokenHash: hashOpaqueToken(token) }, GATEWAY);
  expect(session).toBeUndefined();
  return staff && { kind: 'staff', ...staff };
};
const lastRefusal = async () => {
  const rows = await people.sql<{ reason: string }>(
    `select details->>'reason' as reason from audit_outbox where event = 'staff.sign-in-refused' order by entry_id`,
  );
  return rows.at(-1)?.reason;
};

describe('staff, at a certified identity provider', () => {
  const ada = { groups: ['support-team', 'chess'], name: 'Ada Byron', title: 'Engineer', team: 'Support' };
  let person: { claims: Record<string, unknown>; amr: string[]; acr?: string };
  let provider: TestAuthorizationServer;

  beforeAll(async () => {
    person = { claims: ada, amr: ['pwd', 'mfa'] };
    provider = await startAuthorizationServer({
      clientId: 'millrace',
      clientSecret: SECRET,
      redirectUris: [`${ORIGIN}/staff/callback`],
      scopes: [],
      person: () => person,
    });
    people = await regionWith(provider.issuer);
  }, 60_000);
  afterAll(async () => {
    await people?.region.stop();
    await provider?.stop();
  });
  beforeEach(() => {
    clock.advance(1);
    person = { claims: ada, amr: ['pwd', 'mfa'] };
  });
  const signedIn = async () => {
    const { url, browser } = await begin();
    return finish(await provider.allow(url), browser);
  };

  it('sign in with a second factor; their groups give roles, and title and team are kept', async () => {
    const { roles, session, staffId } = await signedIn();
    expect(roles).toEqual(['support']);
    const caller = (await callerOf(session.token))!;
    expect(caller).toMatchObject({ kind: 'staff', staffId, roles: ['support'] });
    expect(await call(readStaff, {}, caller)).toEqual({
      staffId,
      roles: ['support'],
      name: 'Ada Byron',
      title: 'Engineer',
      team: 'Support',
    });
    person = { ...person, claims: { ...ada, groups: ['privacy-team'], team: 'Privacy' } };
    const again = await signedIn();
    expect(again).toMatchObject({ staffId, roles: ['officer'] });
    expect(await call(readStaff, {}, (await callerOf(again.session.token))!)).toMatchObject({ team: 'Privacy' });
    // A role that was taken away is gone from every session.
    expect(await callerOf(session.token)).toMatchObject({ roles: ['officer'] });
  });

  it('sign out, idle out and end with the charter’s sessions', async () => {
    const { session } = await signedIn();
    const caller = (await callerOf(session.token))!;
    await call(signOutStaff, {}, caller);
    expect(await callerOf(session.token)).toBeUndefined();
    const idle = await signedIn();
    clock.advance(3_600_000);
    expect(await callerOf(idle.session.token)).toBeUndefined();
    const long = await signedIn();
    for (let minutes = 0; minutes < 12 * 60; minutes += 50) {
      expect(await callerOf(long.session.token)).toBeDefined();
      clock.advance(50 * 60_000);
    }
    expect(await callerOf(long.session.token)).toBeUndefined();
  });

  it('who show a second factor by its class are let in, and without one nobody is', async () => {
    person = { ...person, amr: ['pwd'] };
    const { url, browser } = await begin();
    expect(await codeOf(finish(await provider.allow(url), browser))).toBe('identity.staff-second-factor');
    expect(await lastRefusal()).toBe('identity.staff-second-factor');
    person = { ...person, acr: 'urn:test:mfa' };
    expect((await signedIn()).roles).toEqual(['support']);
  });

  it.each([
    ['no group that opens the region', { groups: ['chess'] }],
    ['no group at all', { groups: [] }],
    ['groups of another form', { groups: { 'support-team': true } }],
    ['a group by the name of what every object has', { groups: ['constructor', '__proto__'] }],
  ])('with %s are refused', async (_what, claims) => {
    person = { ...person, claims: { ...ada, ...claims } };
    const { url, browser } = await begin();
    expect(await codeOf(finish(await provider.allow(url), browser))).toBe('identity.staff-no-group');
  });

  it.each<[string, (answer: URL) => { answer: URL | string; browser?: string | undefined }]>([
    ['in another browser', (answer) => ({ answer, browser: hashOpaqueToken('another') })],
    ['in a browser without a cookie', (answer) => ({ answer, browser: undefined })],
    ['with another state', (answer) => ({ answer: answer.search.replace(/state=[^&]+/, 'state=other') })],
  ])('finish in the browser that began: %s it is refused', async (_what, forge) => {
    const { url, browser } = await begin();
    const forged = { browser, ...forge(await provider.allow(url)) };
    expect(await codeOf(finish(forged.answer, forged.browser))).toBe('identity.staff-sign-in-unknown');
    expect(await lastRefusal()).toBe('identity.staff-sign-in-unknown');
  });

  it('finish once, within ten minutes', async () => {
    const { url, browser } = await begin();
    const answer = await provider.allow(url);
    const outcomes = await Promise.all([1, 2, 3].map(() => codeOf(finish(answer, browser))));
    expect(outcomes.sort()).toEqual(['identity.staff-sign-in-unknown', 'identity.staff-sign-in-unknown', 'no problem']);
    const late = await begin();
    const lateAnswer = await provider.allow(late.url);
    clock.advance(600_001);
    expect(await codeOf(finish(lateAnswer, late.browser))).toBe('identity.staff-sign-in-unknown');
    // A code that was used already, brought with a state that is good.
    const next = await begin();
    const stolen = new URL(answer);
    stolen.searchParams.set('state', new URL(next.url).searchParams.get('state')!);
    expect(await codeOf(finish(stolen, next.browser))).toBe('identity.staff-sign-in-refused');
  });

  it('are no users, and users are no staff', async () => {
    const { session } = await signedIn();
    const caller = (await callerOf(session.token))!;
    expect(await codeOf(call(listOrganizations, {}, caller))).toBe('kernel.forbidden');
    const user: Caller = { ...USER, userId: newId(), orgId: newId(), sessionId: newId() };
    expect(await codeOf(call(readStaff, {}, user))).toBe('kernel.forbidden');
    expect(await codeOf(call(readStaff, {}, PUBLIC))).toBe('kernel.not-signed-in');
    expect(await people.sql('select 1 from account')).toEqual([]);
  });

  it('say kindly when the provider is away', async () => {
    const { url, browser } = await begin();
    const answer = await provider.allow(url);
    provider.disturb({ path: '/token', when: 'before' });
    expect(await codeOf(finish(answer, browser))).toBe('identity.staff-provider-away');
    provider.disturb(undefined);
  });

  it('leave neither verifier, nonce, state nor tokens in the database', async () => {
    const { url, browser } = await begin();
    const answer = await provider.allow(url);
    await finish(answer, browser);
    const posted = provider.posted('/token').at(-1)!;
    const secrets = [
      posted.get('code_verifier')!,
      answer.searchParams.get('code')!,
      new URL(url).searchParams.get('state')!,
      new URL(url).searchParams.get('nonce')!,
      SECRET,
    ];
    for (const table of ['staff', 'staff_session', 'sign_in_attempt', 'audit_outbox', 'egress_log', 'emitted']) {
      const rows = await people.sql<{ text: string }>(`select row_to_json(t)::text as text from ${table} t`);
      for (const secret of secrets) expect(JSON.stringify(rows)).not.toContain(secret);
    }
  });
});

describe('the first of the staff', () => {
  let provider: TestAuthorizationServer;
  beforeAll(async () => {
    provider = await startAuthorizationServer({
      clientId: 'millrace',
      clientSecret: SECRET,
      redirectUris: [`${ORIGIN}/staff/callback`],
      scopes: [],
      person: () => ({ claims: { groups: [] as string[] }, amr: ['otp'] }),
    });
    people = await regionWith(provider.issuer);
  }, 60_000);
  afterAll(async () => {
    await people?.region.stop();
    await provider?.stop();
  });

  it('becomes an operator by a code from the region’s machine, which works once and not for long', async () => {
    const operator = await people.region.clientOf('operator');
    const invite = () => operator.call(inviteFirstStaff, {}, OPERATOR);
    const expired = await invite();
    clock.advance(900_001);
    const late = await begin(expired.invitation);
    expect(await codeOf(finish(await provider.allow(late.url), late.browser))).toBe('identity.staff-no-group');

    const { invitation } = await invite();
    const { url, browser } = await begin(invitation);
    const first = await finish(await provider.allow(url), browser);
    expect(first.roles).toEqual(['operator']);
    expect(await codeOf(invite())).toBe('identity.staff-exists');
    // They stay an operator, although no group says so.
    const again = await begin();
    expect((await finish(await provider.allow(again.url), again.browser)).roles).toEqual(['operator']);
    const replayed = await begin(invitation);
    expect(await codeOf(finish(await provider.allow(replayed.url), replayed.browser))).toBe('no problem');
    expect(await people.sql('select 1 from staff_invitation')).toEqual([]);
  });
});

describe('an identity provider that forges', () => {
  let issuer: HostileIssuer;
  beforeAll(async () => {
    issuer = await startHostileIssuer({ sub: 'mallory', groups: ['support-team'], amr: ['mfa'] }, clock);
    people = await regionWith(issuer.issuer);
  }, 60_000);
  afterAll(async () => {
    await people?.region.stop();
    await issuer?.stop();
  });
  const attempt = async (change: (good: Token) => Token = (good) => good, answer = (honest: URL) => honest) => {
    clock.advance(1);
    issuer.forge(change);
    const { url, browser } = await begin();
    return finish(answer(issuer.answer(url)), browser);
  };

  it('and does not, is accepted: what is refused below is refused for what it says', async () => {
    expect((await attempt()).roles).toEqual(['support']);
  });

  it.each(forgedTokens(clock, { clientId: 'millrace', secret: SECRET }))(
    'an ID token with %s is refused, and the ledger learns of it',
    async (_what, change) => {
      expect(await codeOf(attempt(change))).toBe('identity.staff-sign-in-refused');
      expect(await lastRefusal()).toBe('identity.staff-sign-in-refused');
      expect(await people.sql(`select 1 from staff`)).toHaveLength(1);
    },
  );

  it.each<[string, (honest: URL) => URL]>([
    ['of another issuer', (url) => changedIn(url, 'iss', 'https://evil.example')],
    ['of no issuer', (url) => changedIn(url, 'iss', undefined)],
    ['that is an error', (url) => changedIn(changedIn(url, 'code', undefined), 'error', 'server_error')],
  ])('an answer %s is refused', async (_what, change) => {
    expect(await codeOf(attempt(undefined, change))).toBe('identity.staff-sign-in-refused');
  });

  it('about a second factor that was not used, opens nothing', async () => {
    expect(await codeOf(attempt(claiming({ amr: ['pwd'] })))).toBe('identity.staff-second-factor');
    expect(await codeOf(attempt(claiming({ amr: 'mfa' })))).toBe('identity.staff-second-factor');
    expect(await codeOf(attempt(claiming({ amr: undefined, acr: 'urn:test:pwd' })))).toBe(
      'identity.staff-second-factor',
    );
  });
});

describe('a region whose charter has no staff sign-in', () => {
  it('has none, whatever its configuration says', async () => {
    people = await regionWith('http://127.0.0.1:1', 'dataflow-xpert');
    try {
      expect(await codeOf(call(beginStaffSignIn, {}, PUBLIC))).toBe('identity.no-staff-provider');
    } finally {
      await people.region.stop();
    }
  }, 60_000);
});

function changedIn(url: URL, name: string, value: string | undefined): URL {
  const changed = new URL(url);
  if (value === undefined) changed.searchParams.delete(name);
  else changed.searchParams.set(name, value);
  return changed;
}
