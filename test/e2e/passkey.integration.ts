import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definition as compliance } from '@millrace/compliance';
import { freePort } from '@millrace/embedded';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { MovableClock } from '@millrace/kernel';
import { definition as notifications } from '@millrace/notifications';
import { startBrowser, startTestRegion, type TestRegion } from '@millrace/testing';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';

/** In the page: the few lines that a page of ours will have, around the browser's own JSON forms. */
const IN_PAGE = `window.call = async (method, route, body) => {
  const csrf = /csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  const headers = { 'content-type': 'application/json', ...(csrf ? { 'x-csrf-token': csrf } : {}) };
  const answer = await fetch(route, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : {} };
};
window.makePasskey = async (name) => {
  const { body } = await call('POST', '/api/v1/auth/passkeys/options');
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(body.options);
  const credential = (await navigator.credentials.create({ publicKey })).toJSON();
  return { credential, answer: await call('POST', '/api/v1/auth/passkeys', { name, credential }) };
};
window.askPasskey = async () => {
  const { body } = await call('POST', '/api/v1/auth/sign-in/passkey/options');
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(body.options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
};`;

const clock = new MovableClock(new Date());
let region: TestRegion;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  const port = await freePort();
  origin = `http://localhost:${port}`;
  region = await startTestRegion({
    clock,
    definitions: [compliance, identity, notifications, gateway],
    config: { http: { host: '127.0.0.1', port, origins: [origin], secureCookies: false } },
  });
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await region?.stop();
});

interface Tab {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly device: CDPSession;
  readonly authenticator: string;
}

/** A fresh browser profile with an authenticator of its own that recognises its owner. */
async function openTab(verified = true): Promise<Tab> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(IN_PAGE);
  await page.goto(origin);
  const device = await context.newCDPSession(page);
  await device.send('WebAuthn.enable');
  const options = {
    ...({ protocol: 'ctap2', transport: 'internal', hasResidentKey: true } as const),
    ...{ hasUserVerification: true, isUserVerified: verified, automaticPresenceSimulation: true },
  };
  const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', { options });
  return { context, page, device, authenticator: authenticatorId };
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, never>;
}
const call = ({ page }: Tab, method: string, route: string, body?: unknown): Promise<Answer> =>
  page.evaluate(([...args]) => (globalThis as never as { call: (...a: unknown[]) => Promise<Answer> }).call(...args), [
    method,
    route,
    body,
  ] as unknown[]);
const makePasskey = ({ page }: Tab, name: string) =>
  page.evaluate<{ credential: object; answer: Answer }>(`makePasskey(${JSON.stringify(name)})`);
const askPasskey = ({ page }: Tab) => page.evaluate<Record<string, never>>('askPasskey()');

async function signUp(tab: Tab, email: string): Promise<void> {
  const password = 'a quiet river of data';
  await call(tab, 'POST', '/api/v1/auth/sign-up', { email, password, ofAge: true });
  const token = await region.mailedToken(email);
  expect(await call(tab, 'POST', '/api/v1/auth/sign-up/confirm', { token, password })).toMatchObject({ status: 200 });
}

const signIn = (tab: Tab, credential: unknown) => call(tab, 'POST', '/api/v1/auth/sign-in/passkey', { credential });

describe('a passkey', () => {
  it('is made by a browser and signs its owner in, without naming anybody', async () => {
    const tab = await openTab();
    await signUp(tab, 'ada@example.com');
    const made = await makePasskey(tab, 'laptop');
    expect(made.answer).toMatchObject({ status: 201, body: { name: 'laptop' } });
    await call(tab, 'POST', '/api/v1/auth/sign-out');
    expect((await call(tab, 'GET', '/api/v1/auth/me')).status).toBe(401);
    const credential = await askPasskey(tab);
    expect((await signIn(tab, credential)).status).toBe(200);
    expect(await call(tab, 'GET', '/api/v1/auth/me')).toMatchObject({
      status: 200,
      body: { email: 'ada@example.com' },
    });
    const { passkeys } = (await call(tab, 'GET', '/api/v1/auth/passkeys')).body as never as {
      passkeys: { passkeyId: string; lastUsedAt?: string }[];
    };
    expect(passkeys).toEqual([expect.objectContaining({ lastUsedAt: expect.any(String) })]);
    // The same answer again is a replay.
    expect((await signIn(tab, credential)).status).toBe(422);
    expect((await call(tab, 'DELETE', `/api/v1/auth/passkeys/${passkeys[0]!.passkeyId}`)).status).toBe(200);
    expect((await signIn(tab, await askPasskey(tab))).status).toBe(422);
    await tab.context.close();
  });

  it('is refused when anything of the answer is changed, or when the device did not recognise its owner', async () => {
    const tab = await openTab();
    await signUp(tab, 'bob@example.com');
    await makePasskey(tab, 'phone');
    const flip = (text: string) => `${text.slice(0, 12)}${text[12] === 'A' ? 'B' : 'A'}${text.slice(13)}`;
    for (const field of ['signature', 'authenticatorData', 'clientDataJSON'] as const) {
      const credential = (await askPasskey(tab)) as never as { response: Record<string, string> };
      const changed = {
        ...credential,
        response: { ...credential.response, [field]: flip(credential.response[field]!) },
      };
      expect([field, (await signIn(tab, changed)).status]).toEqual([field, 422]);
    }
    const foreign = (await askPasskey(tab)) as never as { response: Record<string, string> };
    const clientData = JSON.parse(Buffer.from(foreign.response['clientDataJSON']!, 'base64url').toString()) as object;
    const elsewhere = Buffer.from(JSON.stringify({ ...clientData, origin: 'https://evil.example' })).toString(
      'base64url',
    );
    const moved = { ...foreign, response: { ...foreign.response, clientDataJSON: elsewhere } };
    expect((await signIn(tab, moved)).status).toBe(422);
    await tab.device.send('WebAuthn.setUserVerified', { authenticatorId: tab.authenticator, isUserVerified: false });
    await expect(askPasskey(tab)).rejects.toThrow('NotAllowedError');
    for (const nothing of [{}, [], 'x', null, { id: 'unknown', response: {} }])
      expect((await signIn(tab, nothing)).status).toBe(422);
    await tab.context.close();
  });

  it('answers a question of the last five minutes', async () => {
    const tab = await openTab();
    await signUp(tab, 'fay@example.com');
    await makePasskey(tab, 'slow');
    const late = await askPasskey(tab);
    clock.advance(300_000);
    expect((await signIn(tab, late)).status).toBe(422);
    const inTime = await askPasskey(tab);
    clock.advance(299_000);
    expect((await signIn(tab, inTime)).status).toBe(200);
    await tab.context.close();
  });

  it('of a copied key is refused once the original has been used', async () => {
    const tab = await openTab();
    await signUp(tab, 'carol@example.com');
    await makePasskey(tab, 'original');
    const { credentials } = await tab.device.send('WebAuthn.getCredentials', { authenticatorId: tab.authenticator });
    for (let use = 0; use < 3; use++) expect((await signIn(tab, await askPasskey(tab))).status).toBe(200);
    const thief = await openTab();
    await thief.device.send('WebAuthn.addCredential', {
      authenticatorId: thief.authenticator,
      credential: credentials[0]!,
    });
    expect((await signIn(thief, await askPasskey(thief))).status).toBe(422);
    await Promise.all([tab.context.close(), thief.context.close()]);
  });

  it('question of one person cannot be answered by another', async () => {
    const [mine, theirs] = [await openTab(), await openTab()];
    await signUp(mine, 'dan@example.com');
    await signUp(theirs, 'eve@example.com');
    const { credential } = await makePasskey(mine, 'first');
    expect((await call(theirs, 'POST', '/api/v1/auth/passkeys', { name: 'stolen', credential })).status).toBe(422);
    await Promise.all([mine.context.close(), theirs.context.close()]);
  });
});
