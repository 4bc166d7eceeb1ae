import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definition as compliance } from '@millrace/compliance';
import { type Caller, inviteFirstStaff, listAccessByStaff } from '@millrace/contracts';
import { freePort, mailsIn } from '@millrace/embedded';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { newId, until } from '@millrace/kernel';
import { definition as notifications } from '@millrace/notifications';
import {
  scratchDirectory,
  startAuthorizationServer,
  startBrowser,
  startTestRegion,
  type TestAuthorizationServer,
  type TestRegion,
} from '@millrace/testing';
import type { Browser, Page } from 'playwright-core';
import { signUpAndIn, Visitor } from './journey.js';

const scratch = scratchDirectory();
let region: TestRegion;
let provider: TestAuthorizationServer;
let browser: Browser;
let origin: string;
let amr = ['mfa'];

beforeAll(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  provider = await startAuthorizationServer({
    clientId: 'millrace',
    clientSecret: 'a client secret of this test',
    redirectUris: [`${origin}/staff/callback`],
    scopes: [],
    person: () => ({ claims: { groups: ['support'], name: 'Ada <b>Byron</b>' }, amr }),
  });
  const clientSecretFile = path.join(scratch.path, 'client-secret');
  writeFileSync(clientSecretFile, 'a client secret of this test');
  chmodSync(clientSecretFile, 0o600);
  region = await startTestRegion({
    charter: 'fluxent',
    definitions: [compliance, identity, notifications, gateway],
    config: {
      http: { host: '127.0.0.1', port, origins: [origin], secureCookies: false },
      staff: {
        issuer: provider.issuer,
        clientId: 'millrace',
        clientSecretFile,
        scopes: [],
        groupsClaim: 'groups',
        groups: { support: 'support' },
        secondFactor: { amr: ['mfa'], acr: [] },
      },
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

/** Presses the button of our page and does at the provider what a person does there. */
async function signIn(page: Page, login = 'ada'): Promise<void> {
  await page.goto(`${origin}/staff/sign-in`);
  await page.click('button');
  await page.waitForURL(`${provider.issuer}/**`);
  if (await page.$('input[name=login]')) {
    await page.fill('input[name=login]', login);
    await page.fill('input[name=password]', 'anything');
    await page.click('button');
  }
  await page.waitForSelector('input[name=prompt][value=consent]', { state: 'attached' });
  await page.click('button');
  await page.waitForURL(`${origin}/staff/callback**`);
}

const me = (page: Page) =>
  page.evaluate(async () => {
    const answer = await fetch('/api/v1/staff/me');
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  });

/** In the page: the few lines that a page of ours will have. */
const IN_PAGE = `window.ask = async ({ method, route, body, orgId }) => {
  const csrf = /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? '';
  const headers = {
    'x-csrf-token': csrf,
    ...(body ? { 'content-type': 'application/json' } : {}),
    ...(orgId ? { 'millrace-organization': orgId } : {}),
  };
  const answer = await fetch(route, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  return { status: answer.status, body: await answer.json() };
}`;

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Calls the API as a page of ours does, for a customer where one is named. */
async function call(
  page: Page,
  method: string,
  route: string,
  said: { body?: object; orgId?: string } = {},
): Promise<Answer> {
  await page.evaluate(IN_PAGE);
  return page.evaluate<Answer>(`ask(${JSON.stringify({ method, route, ...said })})`);
}

describe('a member of the staff in a browser', () => {
  it('signs in at the identity provider, is known here afterwards, and uses no cookie but those of the charter', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await signIn(page);
    expect(await page.innerText('main')).toContain('You are signed in as Ada <b>Byron</b>: support.');
    expect(await me(page)).toMatchObject({ status: 200, body: { name: 'Ada <b>Byron</b>', roles: ['support'] } });
    const cookies = (await context.cookies(origin)).map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]);
    expect(cookies.sort()).toEqual([
      ['csrftoken', false, 'Lax'],
      ['sessionid', true, 'Lax'],
    ]);
    const answer = await page.evaluate(async () => (await fetch('/api/v1/auth/me')).status);
    expect(answer).toBe(403);
    await context.close();
  });

  it('without a second factor is told what to do, and is not signed in', async () => {
    amr = ['pwd'];
    const context = await browser.newContext();
    const page = await context.newPage();
    await signIn(page);
    expect(await page.innerText('main')).toContain('Staff sign in with a second factor');
    expect((await me(page)).status).toBe(401);
    amr = ['mfa'];
    await context.close();
  });

  it('who comes back in another browser is not signed in there', async () => {
    const [begun, other] = [await browser.newContext(), await browser.newContext()];
    const page = await begun.newPage();
    await page.goto(`${origin}/staff/sign-in`);
    const url = await page.evaluate(async () => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch('/api/v1/staff/sign-in', { method: 'POST', headers, body: '{}' });
      return ((await answer.json()) as { url: string }).url;
    });
    const theirs = await other.newPage();
    await theirs.goto((await provider.allow(url)).href);
    expect(await theirs.innerText('main')).toContain('belongs to no sign-in of this browser');
    expect((await me(theirs)).status).toBe(401);
    await Promise.all([begun.close(), other.close()]);
  });

  it('sees a customer’s data once a colleague has approved it, under the header that names the customer', async () => {
    const owner = await signUpAndIn(new Visitor(origin), region, { name: 'Olive Owner' });
    const { orgId } = owner;
    const [ann, ben] = [await (await browser.newContext()).newPage(), await (await browser.newContext()).newPage()];
    await signIn(ann, 'ann');
    await signIn(ben, 'ben');
    const look = (named?: string) => call(ann, 'GET', '/api/v1/members', { orgId: named });
    expect((await look(orgId)).status).toBe(403);
    const asked = await call(ann, 'POST', '/api/v1/staff/access', { body: { orgId, reason: 'Ticket 4711' } });
    expect(asked).toMatchObject({ status: 201, body: { state: 'asked' } });
    const approve = `/api/v1/staff/access/${String(asked.body['accessId'])}/approve`;
    expect((await call(ann, 'POST', approve)).status).toBe(403);
    expect(await call(ben, 'POST', approve)).toMatchObject({ status: 200, body: { state: 'open' } });
    expect(await look(orgId)).toMatchObject({ status: 200, body: { members: [{ email: owner.email }] } });
    expect([(await look()).status, (await look(newId())).status]).toEqual([403, 403]);
    expect(await look('not an id')).toMatchObject({
      status: 400,
      body: { code: 'kernel.invalid-input', errors: [{ path: '/headers/millrace-organization' }] },
    });
    const seen = await owner.call(listAccessByStaff);
    expect(seen.accesses).toMatchObject([{ state: 'open', reason: 'Ticket 4711' }]);
    const mail = await until('the mail to the owner', 20_000, async () =>
      (await mailsIn(region.mails, owner.email)).find(({ subject }) => subject?.includes('Our staff may look')),
    );
    expect(mail.text).not.toContain('Ticket');
    await Promise.all([ann, ben].map((page) => page.context().close()));
  });

  it('is the first by a link that was printed on the machine', async () => {
    const OPERATOR: Caller = { kind: 'service', name: 'operator' };
    const operator = await region.clientOf('operator');
    await expect(operator.call(inviteFirstStaff, {}, OPERATOR)).rejects.toMatchObject({
      code: 'identity.staff-exists',
    });
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${origin}/staff/sign-in?invitation=abc`);
    expect(await page.inputValue('input[name=invitation]')).toBe('abc');
    await page.context().close();
  });
});
