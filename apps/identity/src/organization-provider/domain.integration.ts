import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  beginProviderSignIn,
  claimDomain,
  dropDomain,
  readProvider,
  securityAlerted,
  signIn,
  verifyDomain,
} from '@millrace/contracts';
import { MovableClock } from '@millrace/kernel';
import { type HostileIssuer, startHostileIssuer } from '@millrace/testing';
import { codeOf, type Person, PUBLIC } from '../identity.fixture.js';
import { ProviderRegion } from './provider.fixture.js';

const DAY_MS = 86_400_000;
const clock = new MovableClock(new Date());
let region: ProviderRegion;
let call: ProviderRegion['call'];
let issuer: HostileIssuer;
let [acme, rival]: Person[] = [];

beforeAll(async () => {
  region = await ProviderRegion.start(clock);
  call = region.call;
  issuer = await startHostileIssuer({ sub: 'ada' }, clock);
  acme = await region.people.join('owner@acme.example');
  rival = await region.people.join('owner@rival.example');
}, 60_000);
afterAll(async () => {
  await region?.stop();
  await issuer?.stop();
});

const claim = (domain: string, { caller }: Person) => call(claimDomain, { domain }, caller);
const verify = (domain: string, { caller }: Person) => call(verifyDomain, { domain }, caller);
const leadsToProvider = async (email: string) => (await region.begin(email)).url.startsWith(issuer.issuer);

describe('a domain', () => {
  it('is an organization’s once its name servers show the record, for one organization at a time', async () => {
    const { record, isVerified } = await claim('Acme.Example', acme!);
    expect({ name: record.name, isVerified }).toEqual({ name: '_millrace.acme.example', isVerified: false });
    expect(await codeOf(verify('acme.example', acme!))).toBe('identity.domain-not-shown');
    const others = await claim('acme.example', rival!);
    expect(others.record.value).not.toBe(record.value);
    region.names.publish(record.name, others.record.value, record.value);
    expect(await verify('acme.example', acme!)).toMatchObject({ domain: 'acme.example', isVerified: true });
    expect(await codeOf(verify('acme.example', rival!))).toBe('identity.domain-taken');
    const { domains } = await call(readProvider, {}, rival!.caller);
    expect(domains).toMatchObject([{ domain: 'acme.example', isVerified: false }]);
  });

  it.each(['gmail.com', 'OUTLOOK.com'])('that gives addresses to anybody, such as %s, is nobody’s', async (domain) => {
    expect(await codeOf(claim(domain, acme!))).toBe('identity.public-mail-domain');
  });

  it.each(['acme', 'http://acme.example', 'acme.example.', '-a.example', '127.0.0.1', 'a b.example'])(
    'is not written %s',
    async (domain) => {
      expect(await codeOf(claim(domain, acme!))).toBe('kernel.invalid-input');
    },
  );

  it('leads to its organization’s provider, while that shows it anew every seven days', async () => {
    await region.set(acme!.caller, issuer.issuer);
    expect(await leadsToProvider('ada@acme.example')).toBe(true);
    expect(await leadsToProvider('ada@sub.acme.example')).toBe(false);
    clock.advance(7 * DAY_MS + 1);
    expect(await leadsToProvider('ada@acme.example')).toBe(true);
    region.names.withdraw('_millrace.acme.example');
    expect(await leadsToProvider('ada@acme.example')).toBe(true);

    clock.advance(7 * DAY_MS + 1);
    const answers = await Promise.all([1, 2, 3].map(() => leadsToProvider('ada@acme.example')));
    expect(answers).toEqual([false, false, false]);
    const told = (await region.people.emitted(securityAlerted)).filter(({ alert }) => alert === 'domain-lapsed');
    expect(told).toEqual([{ orgId: acme!.caller.orgId, userId: acme!.caller.userId, alert: 'domain-lapsed' }]);
  });

  it('is relied upon for fourteen days while no name server answers', async () => {
    const { email, password } = acme!;
    const { session } = await call(signIn, { email, password }, PUBLIC);
    const caller = (await region.people.callerOf(session.token))!;
    await region.verify('acme.example', caller);
    region.names.fail(true);
    clock.advance(13 * DAY_MS);
    expect(await leadsToProvider('ada@acme.example')).toBe(true);
    clock.advance(2 * DAY_MS);
    expect(await leadsToProvider('ada@acme.example')).toBe(false);
    region.names.fail(false);
    expect(await leadsToProvider('ada@acme.example')).toBe(true);
  }, 60_000);

  it('is given up by whoever manages the organization, within ten minutes of a proof', async () => {
    expect(await codeOf(call(dropDomain, { domain: 'acme.example' }, acme!.caller))).toBe('kernel.confirm-first');
    const { email, password } = acme!;
    const { session } = await call(signIn, { email, password }, PUBLIC);
    await call(dropDomain, { domain: 'acme.example' }, (await region.people.callerOf(session.token))!);
    expect(await leadsToProvider('ada@acme.example')).toBe(false);
  });
});

describe('a region whose charter keeps identity providers for its staff', () => {
  it('knows none of organizations', async () => {
    const other = await ProviderRegion.start(clock, 'fluxent');
    try {
      expect(await codeOf(other.call(beginProviderSignIn, { email: 'a@acme.example' }, PUBLIC))).toBe(
        'identity.no-provider',
      );
    } finally {
      await other.stop();
    }
  }, 60_000);
});
