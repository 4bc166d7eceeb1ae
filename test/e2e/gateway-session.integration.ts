import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { definition as notifications } from '@millrace/notifications';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import request, { type Response } from 'supertest';

const ada = { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada', ofAge: true };

let region: TestRegion;
let url: string;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [identity, notifications, gateway] });
  url = region.service('gateway').httpUrl!;
  await request(url).post('/api/v1/auth/sign-up').send(ada).expect(202);
  const token = await region.mailedToken(ada.email);
  await request(url).post('/api/v1/auth/sign-up/confirm').send({ token, password: ada.password }).expect(200);
}, 60_000);
afterAll(() => region?.stop());

interface Browser {
  readonly cookies: string;
  readonly csrf: string;
  readonly setCookie: readonly string[];
}

async function signIn(): Promise<Browser> {
  const answer = await request(url)
    .post('/api/v1/auth/sign-in')
    .send({ email: ada.email, password: ada.password })
    .expect(200);
  return browserOf(answer);
}

function browserOf(answer: Response): Browser {
  const setCookie = answer.get('Set-Cookie') ?? [];
  const pairs = setCookie.map((line) => line.split(';')[0]!);
  return {
    setCookie,
    cookies: pairs.join('; '),
    csrf: pairs.find((pair) => pair.startsWith('csrftoken='))!.slice('csrftoken='.length),
  };
}

const problem = (answer: Response) =>
  answer.body as { code: string; requestId: string; errors?: { path: string; message: string }[] };

describe('signing in', () => {
  it('sets the two cookies of the charter and keeps the token out of the body', async () => {
    const answer = await request(url)
      .post('/api/v1/auth/sign-in')
      .send({ email: ada.email, password: ada.password })
      .expect(200);
    expect(Object.keys(answer.body as object).sort()).toEqual(['orgId', 'userId']);
    const { setCookie } = browserOf(answer);
    expect(setCookie.map((line) => line.split('=')[0]).sort()).toEqual(['csrftoken', 'sessionid']);
    const session = setCookie.find((line) => line.startsWith('sessionid='))!;
    expect(session).toMatch(/; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/);
    expect(setCookie.find((line) => line.startsWith('csrftoken='))).not.toContain('HttpOnly');
  });

  it('leads through reading, correcting and signing out', async () => {
    const { cookies, csrf } = await signIn();
    const me = await request(url).get('/api/v1/auth/me').set('cookie', cookies).expect(200);
    expect(me.body).toMatchObject({ email: ada.email, name: 'Ada', roles: ['owner'] });
    const patched = await request(url)
      .patch('/api/v1/auth/me')
      .set('cookie', cookies)
      .set('x-csrf-token', csrf)
      .send({ name: 'Ada L.' })
      .expect(200);
    expect(patched.body).toMatchObject({ name: 'Ada L.' });
    const out = await request(url)
      .post('/api/v1/auth/sign-out')
      .set('cookie', cookies)
      .set('x-csrf-token', csrf)
      .expect(200);
    expect(out.get('Set-Cookie')).toEqual([
      expect.stringMatching(/^sessionid=; .*Expires=Thu, 01 Jan 1970/),
      expect.stringMatching(/^csrftoken=; /),
    ]);
    await request(url).get('/api/v1/auth/me').set('cookie', cookies).expect(401);
  });

  it('refuses a wrong password without a cookie', async () => {
    const answer = await request(url)
      .post('/api/v1/auth/sign-in')
      .send({ email: ada.email, password: 'a wrong password' })
      .expect(401);
    expect(problem(answer).code).toBe('identity.wrong-credentials');
    expect(answer.get('Set-Cookie')).toBeUndefined();
  });

  it('clears the cookies of a forged session, and lets its holder sign in again', async () => {
    const forged = 'sessionid=forged; csrftoken=forged';
    const answer = await request(url).get('/api/v1/auth/me').set('cookie', forged).expect(401);
    expect(problem(answer).code).toBe('kernel.not-signed-in');
    expect(answer.get('Set-Cookie')).toHaveLength(2);
    await request(url)
      .post('/api/v1/auth/sign-in')
      .set('cookie', forged)
      .send({ email: ada.email, password: ada.password })
      .expect(200);
  });
});

describe('a request that another site made', () => {
  it.each([
    ['says so in Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }],
    ['comes from a sibling site', { 'sec-fetch-site': 'same-site' }],
    ['says so in Origin', { origin: 'https://elsewhere.example' }],
    ['hides its origin', { origin: 'null' }],
  ])('is refused when it %s', async (_what, headers) => {
    const answer = await request(url)
      .post('/api/v1/auth/sign-in')
      .set(headers)
      .send({ email: ada.email, password: ada.password })
      .expect(403);
    expect(problem(answer).code).toBe('kernel.cross-site');
    expect(answer.get('Set-Cookie')).toBeUndefined();
  });

  it.each([
    ['its own site in Sec-Fetch-Site', () => ({ 'sec-fetch-site': 'same-origin', origin: url })],
    ['its own site in Origin', () => ({ origin: url })],
  ])('is not what a request with %s is', async (_what, headers) => {
    await request(url)
      .post('/api/v1/auth/sign-in')
      .set(headers())
      .send({ email: ada.email, password: ada.password })
      .expect(200);
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { 'x-csrf-token': 'x'.repeat(43) }],
  ])('is refused in a session with %s', async (_what, headers) => {
    const { cookies } = await signIn();
    for (const send of [request(url).patch('/api/v1/auth/me'), request(url).post('/api/v1/auth/sign-in')]) {
      const answer = await send.set('cookie', cookies).set(headers).send({}).expect(403);
      expect(problem(answer).code).toBe('kernel.cross-site');
    }
  });

  it('is refused with the token of another session', async () => {
    const [mine, other] = [await signIn(), await signIn()];
    await request(url)
      .patch('/api/v1/auth/me')
      .set('cookie', mine.cookies)
      .set('x-csrf-token', other.csrf)
      .send({ name: 'Eve' })
      .expect(403);
  });
});
