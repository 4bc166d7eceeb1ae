import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { factsOf, type TokenSource } from '@millrace/contracts';
import { MovableClock } from '@millrace/kernel';
import { jwtVerify } from 'jose';
import { accountOfKeyFile, obtainToken } from './obtain-token.js';
import { ProviderError } from './provider-error.js';

const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const keyFile = JSON.stringify({
  type: 'service_account',
  project_id: 'acme-analytics',
  private_key_id: 'key-1',
  private_key: pem,
  client_email: 'millrace@acme-analytics.iam.gserviceaccount.com',
});
const clock = new MovableClock(new Date());

let server: Server;
let origin: string;
let asked: URLSearchParams;
let status: number;
let answer: string;

/** Issues a token to whoever shows a good assertion, as Google's endpoint does. */
beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked = new URLSearchParams(body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  status = 200;
  answer = JSON.stringify({ access_token: 'a token', expires_in: 3_599, token_type: 'Bearer' });
});

const google = (): TokenSource => ({ ...sourceOf('bigquery'), tokenUrl: `${origin}/token` }) as TokenSource;
const sourceOf = (provider: 'bigquery' | 'snowflake' | 'looker') => factsOf(provider).direct!.token!;
const obtain = (source: TokenSource, credential: Record<string, string>, config: unknown = {}) =>
  obtainToken({ source, config, credential, clock, fetch });
const fault = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof ProviderError ? error.fault : String(error)),
  );

describe('a service account’s key', () => {
  it('signs an assertion for the narrowest scope that can run queries, and is not sent itself', async () => {
    const grant = await obtain(google(), { keyFile });
    expect(grant.accessToken.reveal()).toBe('a token');
    expect(grant.livesMs).toBe(3_599_000);
    expect([...asked.keys()]).toEqual(['grant_type', 'assertion']);
    expect(asked.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const { payload, protectedHeader } = await jwtVerify(asked.get('assertion')!, pair.publicKey, {
      issuer: 'millrace@acme-analytics.iam.gserviceaccount.com',
      audience: `${origin}/token`,
      currentDate: clock.now(),
    });
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' });
    expect(payload['scope']).toBe('https://www.googleapis.com/auth/bigquery');
    expect(payload.exp! - payload.iat!).toBe(3_600);
  });

  it('names its account', () => {
    expect(accountOfKeyFile(keyFile)).toBe('millrace@acme-analytics.iam.gserviceaccount.com');
  });

  const small = generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey;
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  it.each([
    ['no JSON', 'hello'],
    ['a key file of another kind', JSON.stringify({ type: 'authorized_user' })],
    ['no key', JSON.stringify({ ...(JSON.parse(keyFile) as object), private_key: 'marker' })],
    [
      'a short key',
      JSON.stringify({
        ...(JSON.parse(keyFile) as object),
        private_key: small.export({ type: 'pkcs8', format: 'pem' }),
      }),
    ],
    [
      'a key of another kind',
      JSON.stringify({
        ...(JSON.parse(keyFile) as object),
        private_key: curve.export({ type: 'pkcs8', format: 'pem' }),
      }),
    ],
  ])('that is %s is refused before anybody is asked, and not repeated', async (_what, file) => {
    asked = new URLSearchParams();
    const work = obtain(google(), { keyFile: file });
    await expect(work).rejects.not.toThrow(/marker|hello/);
    expect(await fault(work)).toBe('refused');
    expect(asked.size).toBe(0);
  });

  it.each<[string, number, string, string]>([
    ['a refusal', 400, '{"error":"invalid_grant"}', 'refused'],
    ['a server that is out of order', 503, '', 'unreachable'],
    ['a request to come back later', 429, '', 'unreachable'],
    ['nonsense', 200, '{"access_token":7}', 'unusable'],
    ['no JSON at all', 200, '<html>', 'unusable'],
    ['a token without an end', 200, '{"access_token":"t"}', 'unusable'],
  ])('that meets %s says so', async (_what, code, body, expected) => {
    status = code;
    answer = body;
    expect(await fault(obtain(google(), { keyFile }))).toBe(expected);
  });
});

describe('a key pair', () => {
  it('signs the token itself, as Snowflake wants it', async () => {
    const config = { account: 'acme-eu1.eu-central-1', warehouse: 'wh', database: 'db', role: 'reader' };
    const grant = await obtain(sourceOf('snowflake'), { username: 'sync_user', privateKey: pem }, config);
    const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
    const fingerprint = createHash('sha256').update(spki).digest('base64');
    const { payload } = await jwtVerify(grant.accessToken.reveal(), pair.publicKey, { currentDate: clock.now() });
    expect(payload.sub).toBe('ACME-EU1.SYNC_USER');
    expect(payload.iss).toBe(`ACME-EU1.SYNC_USER.SHA256:${fingerprint}`);
    expect(payload.exp! - payload.iat!).toBe(3_600);
    expect(grant.livesMs).toBe(3_600_000);
  });
});

describe('an id and a secret', () => {
  it('are exchanged for a token at the customer’s own server', async () => {
    const looker = sourceOf('looker') as Extract<TokenSource, { kind: 'login' }>;
    expect(looker.tokenUrl({ host: 'acme.cloud.looker.com' })).toBe('https://acme.cloud.looker.com/api/4.0/login');
    const here: TokenSource = { kind: 'login', tokenUrl: () => `${origin}/api/4.0/login` };
    expect((await obtain(here, { username: 'id', password: 'secret' })).accessToken.reveal()).toBe('a token');
    expect(Object.fromEntries(asked)).toEqual({ client_id: 'id', client_secret: 'secret' });
  });
});
