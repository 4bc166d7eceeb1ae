import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { definition as compliance } from '@millrace/compliance';
import {
  beginAuthorization,
  type Connection,
  createToken,
  finishAuthorization,
  listConnections,
  readConnection,
  revokeConnection,
} from '@millrace/contracts';
import { freePort } from '@millrace/embedded';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { until } from '@millrace/kernel';
import { definition as notifications } from '@millrace/notifications';
import {
  scratchDirectory,
  startAuthorizationServer,
  startBrowser,
  startTestRegion,
  type TestAuthorizationServer,
  type TestRegion,
} from '@millrace/testing';
import { definition as vault } from '@millrace/vault';
import type { Browser, Page } from 'playwright-core';
import { signUpAndIn, Visitor } from './journey.js';

const scratch = scratchDirectory();
let region: TestRegion;
let provider: TestAuthorizationServer;
let browser: Browser;
let origin: string;
/** Somebody who is signed in in a browser and elsewhere. */
let owner: Visitor;
let page: Page;

beforeAll(async () => {
  const port = await freePort();
  // Another site than the provider's, as in life: cookies and referrers are judged by that.
  origin = `http://localhost:${port}`;
  provider = await startAuthorizationServer({
    clientId: 'millrace',
    clientSecret: 'a client secret of this test',
    redirectUris: [`${origin}/connections/callback/jira`],
    scopes: ['read:jira-work', 'read:jira-user'],
    resources: [{ id: 'cloud-1', url: 'https://acme.atlassian.net' }],
  });
  const clientSecretFile = path.join(scratch.path, 'client-secret');
  writeFileSync(clientSecretFile, 'a client secret of this test');
  chmodSync(clientSecretFile, 0o600);
  region = await startTestRegion({
    charter: 'fluxcascade',
    definitions: [compliance, identity, vault, notifications, gateway],
    config: {
      http: { host: '127.0.0.1', port, origins: [origin], secureCookies: false },
      providers: { jira: { clientId: 'millrace', clientSecretFile, endpoints: provider.endpoints } },
    },
  });
  browser = await startBrowser();
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await region?.stop();
  await provider?.stop();
  scratch[Symbol.dispose]();
});

beforeEach(async () => {
  provider.disturb(undefined);
  owner = await signUpAndIn(new Visitor(origin), region);
  const context = await browser.newContext();
  await context.addCookies(
    ['sessionid', 'csrftoken'].map((name) => ({ name, value: owner.cookie(name)!, url: origin, sameSite: 'Lax' })),
  );
  page = await context.newPage();
});

const begin = (name: string) => owner.call(beginAuthorization, { name, provider: 'jira', config: {} });
const connections = async () => (await owner.call(listConnections)).connections;
const text = () => page.innerText('main');

/** What a person does at the provider: signs in, and reads what is asked for. */
async function signInThere(url: string): Promise<void> {
  await page.goto(url);
  await page.fill('input[name=login]', 'ada');
  await page.fill('input[name=password]', 'anything');
  await page.click('button[type=submit]');
  await page.waitForSelector('input[name=prompt][value=consent]', { state: 'attached' });
}

async function allowThere(url: string): Promise<void> {
  await signInThere(url);
  await page.click('button[type=submit]');
  await page.waitForURL(`${origin}/connections/callback/**`);
}

describe('connecting a provider in a browser', () => {
  it('is allowed there, finished by coming back, and ended at both ends', async () => {
    const { url } = await begin('our jira');
    await allowThere(url);
    expect(await text()).toContain('our jira is connected as acme.atlassian.net');
    const [made] = (await connections()) as [Connection];
    expect(made).toMatchObject({ name: 'our jira', state: 'active', health: 'working', provider: 'jira' });

    const { connectionId } = made;
    await owner.call(revokeConnection, { connectionId });
    await until('the end at the provider', 10_000, async () => {
      return (await owner.call(readConnection, { connectionId })).atProvider === 'done';
    });
  });

  it('is refused there: the page says so, and nothing is stored', async () => {
    const { url } = await begin('refused');
    await signInThere(url);
    await page.click('a[href$="/abort"]');
    await page.waitForURL(`${origin}/connections/callback/**`);
    expect(await text()).toContain('was not allowed at the provider');
    expect(await connections()).toEqual([]);
  });

  it('happens once: the page loaded again has nothing to give', async () => {
    const { url } = await begin('once');
    await allowThere(url);
    await page.reload();
    expect(await text()).toContain('belongs to no authorization of yours');
    expect(await connections()).toHaveLength(1);
  });

  it('cannot be finished in somebody else’s browser: no connection of theirs gets this account', async () => {
    const mallory = await signUpAndIn(new Visitor(origin), region);
    const { url } = await mallory.call(beginAuthorization, { name: 'lure', provider: 'jira', config: {} });
    await allowThere(url);
    expect(await text()).toContain('belongs to no authorization of yours');
    expect(await connections()).toEqual([]);
    expect((await mallory.call(listConnections)).connections).toEqual([]);
  });

  it('that began in a terminal is finished there, with the address that the page shows', async () => {
    await page.context().clearCookies();
    const { url } = await begin('from a terminal');
    await allowThere(url);
    const address = await page.inputValue('input[readonly]');
    expect(new URL(address).origin).toBe(origin);
    expect(await connections()).toEqual([]);
    const answer = new URL(address).search.slice(1);
    expect(await owner.call(finishAuthorization, { provider: 'jira', answer })).toMatchObject({
      name: 'from a terminal',
    });
  });

  it('is done from the command line, which takes the address that the page shows', async () => {
    const { token } = await owner.call(createToken, {
      name: 'terminal',
      scopes: ['connections.read', 'connections.write'],
      expiresInDays: 1,
    });
    const command = ['connections', 'authorize', '--provider', 'jira', '--name', 'typed', '--url', origin];
    const child = spawn(process.execPath, [path.resolve(import.meta.dirname, '../../bin/millrace.js'), ...command], {
      env: { ...process.env, MILLRACE_TOKEN: token, NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
    const ended = new Promise((resolve) => child.once('close', resolve));
    await until('the address', 20_000, () => said.err.includes('Paste it here'));
    await page.context().clearCookies();
    await allowThere(/https?:\S+/.exec(said.err)![0]);
    child.stdin.end(`${await page.inputValue('input[readonly]')}\n`);
    expect([await ended, said.err.split('Paste it here: ')[1]]).toEqual([0, '']);
    expect(said.out).toContain('typed is connected as acme.atlassian.net');
  });

  it('says kindly when the provider does not answer', async () => {
    const { url } = await begin('away');
    provider.disturb({ path: '/token', when: 'before', status: 503 });
    await allowThere(url);
    expect(await text()).toContain('could not be reached');
  });

  it('shows pages that no other site frames, that run no script and tell nobody where they were', async () => {
    const { url } = await begin('headers');
    const answer = await provider.allow(url);
    const shown = await owner.raw<string>('GET', answer.pathname + answer.search);
    expect(shown.status).toBe(200);
    expect(shown.headers.get('referrer-policy')).toBe('no-referrer');
    expect(shown.headers.get('cache-control')).toBe('no-store');
    expect(shown.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(shown.body).not.toContain('<script');
    expect(shown.body).not.toContain(answer.searchParams.get('code')!);
  });
});
