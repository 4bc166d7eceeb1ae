import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { fakeResolver } from './address/fake-resolver.fixture.js';
import { selfSigned } from './connection/certificate.fixture.js';
import { httpServer, httpsServer, type Listening, tcpServer } from './connection/server.fixture.js';
import type { FetchInit } from './connection/fetch.js';
import { guardWith, SYNC } from './guard.fixture.js';

const certificate = selfSigned('api.customer.test', 'other.customer.test');
const names = () =>
  fakeResolver({
    'api.customer.test': [['127.0.0.1'], ['127.0.0.1'], ['127.0.0.66']],
    'other.customer.test': [['127.0.0.1']],
    'inside.customer.test': [['10.0.0.5']],
    'public.customer.test': [['93.184.216.34']],
  });
const tls = { ca: certificate.cert };
const guarded = () => guardWith(names(), { privateCidrs: ['127.0.0.1/32'] });
const get = (url: string, init: FetchInit = {}) => guarded().guard.fetch(SYNC, url, { tls, ...init });

interface Seen {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const seen: Seen[] = [];
let server: Listening;
let origin: string;

const answer: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const url = new URL(request.url!, 'https://api.customer.test');
    seen.push({
      path: url.pathname,
      method: request.method!,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    const target = url.searchParams.get('to');
    if (target) return response.writeHead(Number(url.searchParams.get('status') ?? 302), { location: target }).end();
    if (url.pathname === '/large') return response.end(Buffer.alloc(2_000));
    if (url.pathname === '/endless') return void response.write('never finished');
    return response.writeHead(url.pathname === '/missing' ? 404 : 200, { 'x-kind': 'answer' }).end('hello');
  });
};

beforeAll(async () => {
  server = await httpsServer(certificate, answer);
  origin = `https://api.customer.test:${server.port}`;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const redirect = (target: string, status = 302) => `${origin}/go?status=${status}&to=${encodeURIComponent(target)}`;

describe('EgressGuard.fetch', () => {
  it('sends method, headers and body and gives the answer', async () => {
    const init = {
      method: 'POST',
      headers: { Authorization: 'Bearer t', Host: 'evil.test', 'Content-Length': '1' },
      body: '{"a":1}',
    } as const;
    const { guard, records } = guarded();
    const response = await guard.fetch(SYNC, `${origin}/echo?x=1`, { tls, ...init });
    expect(response).toMatchObject({ status: 200, headers: { 'x-kind': 'answer' }, decisionIds: [records[0]!.id] });
    expect(response.body.toString()).toBe('hello');
    expect(seen.at(-1)).toMatchObject({ path: '/echo', method: 'POST', body: '{"a":1}' });
    expect(seen.at(-1)!.headers).toMatchObject({
      authorization: 'Bearer t',
      host: `api.customer.test:${server.port}`,
      'content-length': '7',
      'accept-encoding': 'identity',
    });
  });

  it('gives an answer of any status, and a redirect as it is unless asked to follow', async () => {
    await expect(get(`${origin}/missing`)).resolves.toMatchObject({ status: 404 });
    await expect(get(redirect(`${origin}/there`))).resolves.toMatchObject({ status: 302 });
    expect(seen.at(-1)!.path).toBe('/go');
  });

  it.each([
    'ftp://api.customer.test/',
    'file:///etc/passwd',
    'https://user:pw@api.customer.test/',
    'https://user@api.customer.test/',
    '//api.customer.test/',
    'not a url',
    'https://',
    'gopher://127.0.0.1:70/',
    `https://api.customer.test/${'a'.repeat(9_000)}`,
  ])('refuses the address %.40s', async (url) => {
    await expect(get(url)).rejects.toMatchObject({ code: 'egress.bad-url' });
  });

  it.each([
    'https://2130706434/',
    'https://0x7f.2/',
    'https://0177.0.0.2/',
    'https://127.2/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://１６９.254.169.254/',
    'https://0/',
    'https://inside.customer.test/',
    'https://[::ffff:7f00:1]/',
    'https://api.customer.test@10.0.0.1/'.replace('api.customer.test@', ''),
    'http://inside.customer.test/',
  ])('refuses the private address %s', async (url) => {
    await expect(get(url)).rejects.toMatchObject({ code: 'egress.private-address' });
  });

  it('speaks plain HTTP to listed networks only, and records the refusal', async () => {
    await using plain = await httpServer(answer);
    await expect(get(`http://127.0.0.1:${plain.port}/`)).resolves.toMatchObject({ status: 200 });
    const { guard, records } = guarded();
    await expect(guard.fetch(SYNC, 'http://public.customer.test/')).rejects.toMatchObject({
      code: 'egress.plain-refused',
    });
    expect(records).toMatchObject([{ allowed: false, code: 'egress.plain-refused' }]);
  });

  it('bounds the answer by size and by time', async () => {
    await expect(get(`${origin}/large`, { maxAnswerBytes: 1_999 })).rejects.toMatchObject({
      code: 'egress.answer-too-large',
    });
    await expect(get(`${origin}/large`, { maxAnswerBytes: 2_000 })).resolves.toMatchObject({ status: 200 });
    await expect(get(`${origin}/endless`, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'egress.timeout' });
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}`],
    ['a body shorter than promised', 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nshort!'],
  ])('refuses an answer with %s', async (_name, bytes) => {
    await using odd = await tcpServer((socket) => socket.end(bytes));
    const call = get(`http://127.0.0.1:${odd.port}/`, { timeoutMs: 5_000 });
    await expect(call).rejects.toMatchObject({ code: 'egress.bad-answer' });
  });
});

describe('EgressGuard.fetch following redirects', () => {
  it('decides about each hop', async () => {
    const { guard, records } = guarded();
    const response = await guard.fetch(SYNC, redirect('/there'), { tls, redirects: 1 });
    expect(response.status).toBe(200);
    expect(response.decisionIds).toEqual(records.map(({ id }) => id));
    expect(records).toHaveLength(2);
    expect(seen.at(-1)!.path).toBe('/there');
  });

  it.each([
    'https://10.0.0.5/',
    'https://169.254.169.254/latest/',
    'https://[::1]/',
    'https://inside.customer.test/',
    'https://127.0.0.66/',
    'https://localtest@10.0.0.5'.replace('localtest@', ''),
  ])('refuses a redirect to the private address %s', async (target) => {
    await expect(get(redirect(target), { redirects: 3 })).rejects.toMatchObject({ code: 'egress.private-address' });
  });

  it('refuses a redirect whose name has moved to another address since', async () => {
    const call = get(redirect(redirect('/there')), { redirects: 5 });
    await expect(call).rejects.toMatchObject({ code: 'egress.private-address' });
  });

  it.each([
    ['plain HTTP', () => redirect('http://127.0.0.1:1/'), 'egress.redirect-refused'],
    ['an address with credentials', () => redirect('https://a:b@api.customer.test/'), 'egress.bad-url'],
    ['another scheme', () => redirect('file:///etc/passwd'), 'egress.bad-url'],
    ['itself, for ever', () => redirect('/go?to=/go'), 'egress.redirect-refused'],
  ])('refuses a redirect to %s', async (_name, url, code) => {
    await expect(get(url(), { redirects: 1 })).rejects.toMatchObject({ code });
  });

  it('takes neither credentials nor a body to another origin', async () => {
    const other = `https://other.customer.test:${server.port}/there`;
    const headers = { authorization: 'Bearer t', 'x-api-key': 'k', cookie: 'c=1', accept: 'text/plain' };
    await get(redirect(other), { redirects: 1, headers });
    expect(seen.at(-1)).toMatchObject({
      path: '/there',
      headers: { accept: 'text/plain', host: `other.customer.test:${server.port}` },
    });
    expect(Object.keys(seen.at(-1)!.headers)).not.toEqual(expect.arrayContaining(['authorization']));
    expect(JSON.stringify(seen.at(-1)!.headers)).not.toMatch(/Bearer|"k"|c=1/);
    const call = get(redirect(other, 307), { redirects: 1, method: 'POST', body: 'personal' });
    await expect(call).rejects.toMatchObject({ code: 'egress.redirect-refused' });
  });

  it('turns a POST into a GET as 303 says, and repeats it at the same origin as 308 says', async () => {
    const init = { redirects: 1, method: 'POST', body: 'payload', headers: { 'content-type': 'text/plain' } } as const;
    await get(redirect('/there', 303), init);
    expect(seen.at(-1)).toMatchObject({ method: 'GET', body: '' });
    expect(seen.at(-1)!.headers['content-type']).toBeUndefined();
    await get(redirect('/there', 308), init);
    expect(seen.at(-1)).toMatchObject({ method: 'POST', body: 'payload' });
  });
});
