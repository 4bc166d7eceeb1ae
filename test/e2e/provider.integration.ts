import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definition as compliance } from '@millrace/compliance';
import { freePort } from '@millrace/embedded';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { definition as notifications } from '@millrace/notifications';
import { claimDomain, readProvider, setProvider, verifyDomain } from '@millrace/contracts';
import {
  startAuthorizationServer,
  startBrowser,
  startNameServer,
  startTestRegion,
  type TestAuthorizationServer,
  type TestNameServer,
  type TestRegion,
} from '@millrace/testing';
import type { Browser } from 'playwright-core';
import { signUpAndIn, Visitor } from './journey.js';

let region: TestRegion;
let names: TestNameServer;
let provider: TestAuthorizationServer;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  names = await startNameServer();
  region = await startTestRegion({
    definitions: [compliance, identity, notifications, gateway],
    config: {
      http: { host: '127.0.0.1', port, origins: [origin], secureCookies: false },
      dns: { nameServers: [names.address] },
    },
  });
  browser = await startBrowser();
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await region?.stop();
  await provider?.stop();
  await names?.stop();
});

describe('an organization with a provider of its own', () => {
  it('has a newcomer sign in there, in a browser, without a password here', async () => {
    const owner = new Visitor(origin, 'owner@acme.example');
    await signUpAndIn(owner, region);
    const { record } = await owner.call(claimDomain, { domain: 'acme.example' });
    names.publish(record.name, record.value);
    await owner.call(verifyDomain, { domain: 'acme.example' });
    const { redirectUri, keysUri } = await owner.call(readProvider);
    provider = await startAuthorizationServer({
      clientId: 'millrace',
      clientKeys: async () => (await fetch(keysUri)).json(),
      redirectUris: [redirectUri],
      scopes: ['email', 'profile'],
      person: () => ({ claims: { email: 'ada@acme.example', email_verified: true, name: 'Ada' }, amr: ['mfa'] }),
    });
    await owner.call(setProvider, {
      issuer: provider.issuer,
      clientId: 'millrace',
      isRequired: false,
      newcomerRole: 'viewer',
      secondFactor: { amr: ['mfa'], acr: [] },
    });

    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${origin}/sign-in/provider`);
    await page.fill('input[name=email]', 'ada@acme.example');
    await page.check('input[name=ofAge]');
    await page.click('button');
    await page.waitForURL(`${provider.issuer}/**`);
    await page.fill('input[name=login]', 'ada');
    await page.fill('input[name=password]', 'anything');
    await page.click('button');
    await page.waitForSelector('input[name=prompt][value=consent]', { state: 'attached' });
    await page.click('button');
    await page.waitForURL(`${origin}/sign-in/provider/**`);
    expect(await page.innerText('main')).toContain('You are signed in');
    const me = await page.evaluate(async () => (await (await fetch('/api/v1/auth/me')).json()) as object);
    expect(me).toMatchObject({ email: 'ada@acme.example', orgId: owner.orgId, roles: ['viewer'] });

    // Another domain has no provider, and the page says so.
    await page.goto(`${origin}/sign-in/provider`);
    await page.fill('input[name=email]', 'ada@elsewhere.example');
    await page.click('button');
    await page.waitForURL(`${origin}/sign-in/provider?other=yes`);
    expect(await page.innerText('main')).toContain('No identity provider signs in addresses of that domain');
    await context.close();
  }, 60_000);
});
