import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  addAuthenticator,
  confirmIdentity,
  readProfile,
  readProviderKeys,
  removeMember,
  removeProvider,
  setPolicy,
  signIn,
  switchOrganization,
} from '@millrace/contracts';
import { MovableClock } from '@millrace/kernel';
import {
  type HostileIssuer,
  startAuthorizationServer,
  startHostileIssuer,
  type TestAuthorizationServer,
  type Token,
} from '@millrace/testing';
import { codeOf, type Person, PUBLIC } from '../identity.fixture.js';
import { claiming, forgedTokens } from '../identity-provider/forged-tokens.fixture.js';
import { CLIENT_ID, ProviderRegion } from './provider.fixture.js';

const clock = new MovableClock(new Date());
let region: ProviderRegion;
let call: ProviderRegion['call'];
/** Acme brings a certified provider; Rival brings one that forges. */
let [acme, rival]: Person[] = [];
let provider: TestAuthorizationServer;
let forger: HostileIssuer;
let person: { claims: Record<string, unknown>; amr: string[]; acr?: string };
const verified = (email: string) => ({ email, email_verified: true, name: 'Ada Byron' });

beforeAll(async () => {
  region = await ProviderRegion.start(clock);
  call = region.call;
  acme = await region.people.join('owner@acme.example');
  rival = await region.people.join('owner@rival.example');
  const { orgId } = acme.caller;
  person = { claims: verified('ada@acme.example'), amr: ['pwd', 'mfa'] };
  provider = await startAuthorizationServer({
    clientId: CLIENT_ID,
    clientKeys: () => call(readProviderKeys, { orgId }, PUBLIC),
    redirectUris: [region.redirectUri(orgId)],
    scopes: ['email', 'profile'],
    person: () => person,
  });
  forger = await startHostileIssuer({ sub: 'mallory', ...verified('mallory@rival.example'), amr: ['mfa'] }, clock);
  await region.verify('acme.example', acme.caller);
  await region.verify('rival.example', rival.caller);
  await region.strengthened(acme);
  await region.set(acme.caller, provider.issuer);
  await region.set(rival.caller, forger.issuer);
}, 90_000);
afterAll(async () => {
  await region?.stop();
  await provider?.stop();
  await forger?.stop();
});
beforeEach(() => clock.advance(1));

/** Signs somebody in at Acme's provider, who is called `login` there. */
async function enter(email: string, login: string, ofAge?: boolean) {
  const { url, browser } = await region.begin(email, ofAge);
  const signedIn = await region.finish(acme!.caller.orgId, await provider.allow(url, login), browser);
  return { ...signedIn, caller: (await region.people.callerOf(signedIn.session.token))! };
}

/** What only a new session of an owner may do. */
async function again({ email, password }: Person) {
  const { session } = await call(signIn, { email, password }, PUBLIC);
  return (await region.people.callerOf(session.token))!;
}

describe('a member at their organization’s provider', () => {
  it('gets a session in that organization, and is known by what the provider calls them from then on', async () => {
    const { orgId } = acme!.caller;
    const ada = await region.people.member(acme!.caller, 'ada@acme.example', 'editor');
    const first = await enter('ada@acme.example', 'ada');
    expect(first).toMatchObject({ orgId, userId: ada.caller.userId });
    expect(first.caller).toMatchObject({ roles: ['editor'], provenBy: 'organization' });
    expect(await call(readProfile, {}, first.caller)).toMatchObject({ email: 'ada@acme.example' });
    person = { ...person, claims: { email: 'renamed@elsewhere.example', email_verified: false } };
    expect((await enter('x@acme.example', 'ada')).userId).toBe(ada.caller.userId);
  });

  it('without an address that the provider has verified, in a domain of the organization, is refused', async () => {
    const { orgId } = acme!.caller;
    for (const claims of [
      { ...verified('eve@acme.example'), email_verified: false },
      { ...verified('eve@acme.example'), email_verified: 'true' },
      { ...verified('eve@acme.example'), email_verified: undefined },
      verified('eve@rival.example'),
      verified('eve@acme.example.evil.example'),
      { email_verified: true },
    ]) {
      person = { ...person, claims };
      expect(await codeOf(enter('eve@acme.example', 'eve'))).toBe('identity.provider-address');
      expect(await region.lastRefusal(orgId)).toBe('identity.provider-address');
    }
  });

  it('who is another person at the provider than before is refused', async () => {
    person = { ...person, claims: verified('ada@acme.example') };
    expect(await codeOf(enter('ada@acme.example', 'somebody-else'))).toBe('identity.provider-other-person');
  });

  it('who does not belong to the organization is refused while it opens no accounts', async () => {
    person = { ...person, claims: verified('new@acme.example') };
    expect(await codeOf(enter('new@acme.example', 'new', true))).toBe('identity.provider-not-member');
    await region.people.join('loner@acme.example');
    person = { ...person, claims: verified('loner@acme.example') };
    expect(await codeOf(enter('loner@acme.example', 'loner', true))).toBe('identity.provider-not-member');
  });

  it.each<[string, (answer: URL) => { answer: URL | string; browser?: string | undefined }]>([
    ['in another browser', (answer) => ({ answer, browser: 'a'.repeat(64) })],
    ['in a browser without a cookie', (answer) => ({ answer, browser: undefined })],
    ['with another state', (answer) => ({ answer: answer.search.replace(/state=[^&]+/, 'state=other') })],
  ])('finishes in the browser that began: %s it is refused', async (_what, forge) => {
    const { url, browser } = await region.begin('ada@acme.example');
    const forged = { browser, ...forge(await provider.allow(url)) };
    const { orgId } = acme!.caller;
    expect(await codeOf(region.finish(orgId, forged.answer, forged.browser))).toBe('identity.provider-sign-in-unknown');
  });

  it('finishes once, and in time', async () => {
    const { orgId } = acme!.caller;
    const { url, browser } = await region.begin('ada@acme.example');
    const answer = await provider.allow(url);
    const outcomes = await Promise.all([1, 2, 3].map(() => codeOf(region.finish(orgId, answer, browser))));
    expect(outcomes.sort()).toEqual([
      'identity.provider-sign-in-unknown',
      'identity.provider-sign-in-unknown',
      'no problem',
    ]);
    const late = await region.begin('ada@acme.example');
    const lateAnswer = await provider.allow(late.url);
    clock.advance(600_001);
    expect(await codeOf(region.finish(orgId, lateAnswer, late.browser))).toBe('identity.provider-sign-in-unknown');
  });

  it('tells nobody whether there is an account: the answer depends on the domain alone', async () => {
    const shape = async (email: string) => {
      const url = new URL((await region.begin(email)).url);
      for (const one of ['state', 'nonce', 'code_challenge']) url.searchParams.set(one, '');
      return url.href;
    };
    expect(await shape('nobody@acme.example')).toBe(await shape('ada@acme.example'));
    expect(await shape('nobody@elsewhere.example')).toBe(await shape('guest@gmail.com'));
    expect(await shape('nobody@elsewhere.example')).toContain('/sign-in/provider?other=yes');
  });

  it('leaves neither verifier, nonce, state nor key in the database', async () => {
    const { url, browser } = await region.begin('ada@acme.example');
    const answer = await provider.allow(url);
    await region.finish(acme!.caller.orgId, answer, browser);
    const posted = provider.posted('/token').at(-1)!;
    expect(posted.get('client_assertion')).toBeTruthy();
    const secrets = [
      ...['code_verifier', 'client_assertion'].map((name) => posted.get(name)!),
      answer.searchParams.get('code')!,
      ...['state', 'nonce'].map((name) => new URL(url).searchParams.get(name)!),
    ];
    const tables = ['organization_provider', 'provider_account', 'sign_in_attempt', 'session', 'audit_outbox'];
    for (const table of [...tables, 'egress_log', 'emitted']) {
      const rows = await region.people.sql<{ text: string }>(`select row_to_json(t)::text as text from ${table} t`);
      for (const secret of secrets) expect(JSON.stringify(rows)).not.toContain(secret);
    }
  });

  it('hears kindly that the provider is away', async () => {
    const { url, browser } = await region.begin('ada@acme.example');
    const answer = await provider.allow(url);
    provider.disturb({ path: '/token', when: 'before' });
    expect(await codeOf(region.finish(acme!.caller.orgId, answer, browser))).toBe('identity.provider-away');
    provider.disturb(undefined);
  });
});

describe('the word of a provider', () => {
  it('opens its organization only, and nothing that changes how the person signs in', async () => {
    const { session } = await call(signIn, { email: 'ada@acme.example', password: 'a quiet river of data' }, PUBLIC);
    expect(await region.people.callerOf(session.token)).not.toHaveProperty('provenBy');
    const memberships = await region.people.sql<{ orgId: string }>(
      `select m.org_id as "orgId" from membership m join account a on a.id = m.user_id where a.email = 'ada@acme.example'`,
    );
    const home = memberships.map((one) => one.orgId).find((one) => one !== acme!.caller.orgId)!;
    const { caller } = await enter('ada@acme.example', 'ada');
    expect(await codeOf(call(switchOrganization, { orgId: home }, caller))).toBe('identity.provider-session');
    expect(await codeOf(call(addAuthenticator, {}, caller))).toBe('kernel.confirm-first');
    // Once they have shown their own proof, later than the provider gave its word, they are themselves.
    region.clock.advance(1_000);
    const own = await call(confirmIdentity, { password: 'a quiet river of data' }, caller);
    const confirmed = (await region.people.callerOf(own.session.token))!;
    expect(await codeOf(call(switchOrganization, { orgId: home }, confirmed))).toBe('no problem');
  });

  it('counts as a second factor where the organization says what shows one', async () => {
    const { caller } = await region.strengthened(acme!);
    await call(setPolicy, { requireSecondFactor: true, memberDomains: [] }, caller);
    person = { ...person, amr: ['pwd'] };
    expect(await codeOf(enter('ada@acme.example', 'ada'))).toBe('identity.second-factor-required');
    person = { ...person, acr: 'urn:test:mfa' };
    expect(await codeOf(enter('ada@acme.example', 'ada'))).toBe('no problem');
    person = { claims: person.claims, amr: ['mfa'] };
    expect(await codeOf(enter('ada@acme.example', 'ada'))).toBe('no problem');
    await call(setPolicy, { requireSecondFactor: false, memberDomains: [] }, caller);
  });
});

describe('an organization that lets its provider open accounts', () => {
  it('gives whoever comes one, once they have said their age, in the role that it names', async () => {
    const { orgId } = acme!.caller;
    await region.set(await again(rival!), forger.issuer, { newcomerRole: 'viewer' });
    await region.set((await region.strengthened(acme!)).caller, provider.issuer, { newcomerRole: 'editor' });
    person = { ...person, claims: verified('grace@acme.example') };
    expect(await codeOf(enter('grace@acme.example', 'grace'))).toBe('identity.under-age');
    expect(await region.people.sql(`select 1 from account where email = 'grace@acme.example'`)).toEqual([]);
    const grace = await enter('grace@acme.example', 'grace', true);
    expect(grace.caller).toMatchObject({ orgId, roles: ['editor'] });
    expect(await call(readProfile, {}, grace.caller)).toMatchObject({ email: 'grace@acme.example', name: 'Ada Byron' });
    // A member who was removed comes back as a newcomer, by a verified address and not by what they were called.
    await call(removeMember, { userId: grace.userId }, (await region.strengthened(acme!)).caller);
    expect(await region.people.callerOf(grace.session.token)).toBeUndefined();
    expect((await enter('grace@acme.example', 'grace', true)).userId).toBe(grace.userId);
  });

  it('makes nobody an owner, and nobody a member whose domain it does not let in', async () => {
    const { caller } = await region.strengthened(acme!);
    expect(await codeOf(region.set(caller, provider.issuer, { newcomerRole: 'owner' as 'admin' }))).toBe(
      'kernel.invalid-input',
    );
    await call(setPolicy, { requireSecondFactor: false, memberDomains: ['other.example'] }, caller);
    person = { ...person, claims: verified('hopper@acme.example') };
    expect(await codeOf(enter('hopper@acme.example', 'hopper', true))).toBe('identity.domain-not-allowed');
    expect(await region.people.sql(`select 1 from account where email = 'hopper@acme.example'`)).toEqual([]);
    await call(setPolicy, { requireSecondFactor: false, memberDomains: [] }, caller);
  });
});

describe('a provider that forges', () => {
  const attempt = async (change: (good: Token) => Token = (good) => good, answer = (honest: URL) => honest) => {
    clock.advance(1);
    forger.forge(change);
    const { url, browser } = await region.begin('mallory@rival.example', true);
    return region.finish(rival!.caller.orgId, answer(forger.answer(url)), browser);
  };

  it('and does not, is accepted: what is refused below is refused for what it says', async () => {
    expect(await attempt()).toMatchObject({ orgId: rival!.caller.orgId });
  });

  it.each(forgedTokens(clock, { clientId: CLIENT_ID, secret: 'a guess' }))(
    'an ID token with %s is refused, and the ledger learns of it',
    async (_what, change) => {
      expect(await codeOf(attempt(change))).toBe('identity.provider-sign-in-refused');
      expect(await region.lastRefusal(rival!.caller.orgId)).toBe('identity.provider-sign-in-refused');
    },
  );

  it('signs in nobody of another organization, whatever it says', async () => {
    expect(await codeOf(attempt(claiming({ sub: 'ada', ...verified('ada@acme.example') })))).toBe(
      'identity.provider-address',
    );
    // An answer of its own, brought to the other organization's address.
    const { url, browser } = await region.begin('mallory@rival.example');
    expect(await codeOf(region.finish(acme!.caller.orgId, forger.answer(url), browser))).toBe(
      'identity.provider-sign-in-unknown',
    );
  });
});

describe('an organization that requires its provider', () => {
  it('lets nobody in by another way but owners with a second factor, and goes back when the provider is removed', async () => {
    const { orgId } = acme!.caller;
    const weak = await region.people.join('second@acme.example');
    expect(await codeOf(region.set(weak.caller, provider.issuer, { isRequired: true }))).toBe(
      'identity.second-factor-required',
    );
    const before = await call(signIn, { email: 'ada@acme.example', password: 'a quiet river of data' }, PUBLIC);
    const owner = await region.strengthened(acme!);
    await region.set(owner.caller, provider.issuer, { isRequired: true });
    // A session that began otherwise has ended there.
    const rest = await region.people.callerOf(before.session.token);
    expect(rest?.orgId).not.toBe(orgId);
    const outside = await call(signIn, { email: 'ada@acme.example', password: 'a quiet river of data' }, PUBLIC);
    const caller = (await region.people.callerOf(outside.session.token))!;
    expect(caller.orgId).not.toBe(orgId);
    expect(await codeOf(call(switchOrganization, { orgId }, caller))).toBe('identity.provider-required');
    person = { ...person, claims: verified('ada@acme.example') };
    const inside = await enter('ada@acme.example', 'ada');
    expect(inside.caller).toMatchObject({ orgId });

    // The provider is lost: the owner still gets in, and does without it.
    await provider.stop();
    expect((await region.begin('ada@acme.example')).url).toBeTruthy();
    const saved = await region.strengthened(acme!);
    expect(saved.caller).toMatchObject({ orgId, roles: ['owner'] });
    await call(removeProvider, {}, saved.caller);
    expect(await region.people.callerOf(inside.session.token)).toBeUndefined();
    expect(await codeOf(call(switchOrganization, { orgId }, caller))).toBe('no problem');
    expect((await region.begin('ada@acme.example')).url).toContain('other=yes');
  });
});
