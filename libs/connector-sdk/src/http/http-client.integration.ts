import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import zlib from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type ConnectorError } from '../connector-error.js';
import { dialLocal } from '../rest/rest-sandbox.fixture.js';
import { HttpClient, type HttpClientOptions } from './http-client.js';
import { mayBePlain } from './http-wire.js';
import { selfSigned } from '../../../egress/src/connection/certificate.fixture.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const never = new AbortController().signal;

async function listening(server: http.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return (server.address() as AddressInfo).port;
}

function clientOf(host: string, change: Partial<HttpClientOptions> = {}): HttpClient {
  const client = new HttpClient({ dial: dialLocal, hosts: new Set([host]), authorize: () => ({}), ...change });
  closing.push(() => client.close());
  return client;
}

const get = (client: HttpClient, url: string) => client.send({ method: 'GET', url: new URL(url), headers: {} }, never);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    (error: ConnectorError) => error.code,
  );

describe('a request of a connector', () => {
  it('speaks TLS over the dialled socket, to a server whose certificate it trusts and to no other', async () => {
    const { key, cert } = selfSigned('localhost');
    const port = await listening(https.createServer({ key, cert }, (_request, response) => response.end('hello')));
    const address = `https://localhost:${port}/`;
    const trusting = clientOf(`localhost:${port}`, { ca: cert });
    expect((await get(trusting, address)).body.toString()).toBe('hello');
    expect(await codeOf(get(clientOf(`localhost:${port}`), address))).toBe('tls-refused');
  });

  it('reads a compressed answer, and refuses one that unpacks beyond the limit', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(20 * 1024 * 1024));
    const port = await listening(
      http.createServer((request, response) => {
        response.setHeader('content-encoding', 'gzip');
        response.end(request.url === '/bomb' ? bomb : zlib.gzipSync('small'));
      }),
    );
    const client = clientOf(`127.0.0.1:${port}`);
    expect((await get(client, `http://127.0.0.1:${port}/`)).body.toString()).toBe('small');
    expect(await codeOf(get(client, `http://127.0.0.1:${port}/bomb`))).toBe('answer-too-large');
  });

  it('waits for the renewal that a header announces', async () => {
    const times: number[] = [];
    const port = await listening(
      http.createServer((_request, response) => {
        times.push(performance.now());
        response.writeHead(200, { 'x-left': times.length === 1 ? '0' : '9', 'x-reset': '1' }).end('{}');
      }),
    );
    const client = clientOf(`127.0.0.1:${port}`, { quota: { remaining: 'x-left', reset: 'x-reset' } });
    for (let request = 0; request < 3; request++) await get(client, `http://127.0.0.1:${port}/`);
    expect(times[1]! - times[0]!).toBeGreaterThan(900);
    expect(times[2]! - times[1]!).toBeLessThan(500);
  });

  it('spaces requests out where the API allows so many a second', async () => {
    const port = await listening(http.createServer((_request, response) => response.end('{}')));
    const client = clientOf(`127.0.0.1:${port}`, { quota: { requestsPerSecond: 20 } });
    const start = performance.now();
    for (let request = 0; request < 5; request++) await get(client, `http://127.0.0.1:${port}/`);
    expect(performance.now() - start).toBeGreaterThan(180);
  });

  it.each([
    ['http://api.example.com/', 'tls-refused'],
    ['http://8.8.8.8/', 'tls-refused'],
    ['https://elsewhere.example.com/', 'protocol-violation'],
    ['https://user:word@api.example.com/', 'protocol-violation'],
    ['file:///etc/passwd', 'tls-refused'],
  ])('to %s is refused before anybody is dialled', async (address, code) => {
    const dial = () => Promise.reject(new Error('dialled'));
    const client = clientOf('api.example.com:443', { dial });
    expect(await codeOf(get(client, address))).toBe(code);
  });

  it('is plain only to private addresses that are written as numbers', () => {
    const plain = (host: string) => mayBePlain(new URL(`http://${host}/`));
    for (const host of ['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.0.1', '[::1]', '[fd00::1]'])
      expect(plain(host)).toBe(true);
    for (const host of ['localhost', '172.32.0.1', '11.0.0.1', '[2001:db8::1]', 'internal'])
      expect(plain(host)).toBe(false);
  });
});
