import { describe, expect, it } from '@jest/globals';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { fakeResolver } from './address/fake-resolver.fixture.js';
import { selfSigned } from './connection/certificate.fixture.js';
import { tcpServer, tlsServer } from './connection/server.fixture.js';
import { settingsFor, upgradeToTls } from './connection/tls.js';
import { guardWith, SYNC } from './guard.fixture.js';

const LOOPBACK = ['127.0.0.0/8'];
const names = () =>
  fakeResolver({
    'db.customer.test': [['127.0.0.1']],
    'two.customer.test': [['127.0.0.9', '127.0.0.1']],
    'rebinding.customer.test': [['127.0.0.1'], ['127.0.0.66']],
    // TEST-NET-1: no host answers there (RFC 5737).
    'silent.customer.test': [['192.0.2.1']],
  });
const to = (host: string, port: number) => ({ ...SYNC, host, port });
const loopbackGuard = () => guardWith(names(), { privateCidrs: LOOPBACK }).guard;
const certificate = selfSigned('db.customer.test', '127.0.0.1');

describe('EgressGuard.dial', () => {
  it('connects to the pinned address and gives a usable socket', async () => {
    await using server = await tcpServer((socket) => socket.end('hello'));
    const socket = await loopbackGuard().dial(to('db.customer.test', server.port));
    const [greeting] = await once(socket, 'data');
    expect(String(greeting)).toBe('hello');
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });

  it('resolves once: an answer that changes between the check and the connection changes nothing', async () => {
    await using server = await tcpServer((socket) => socket.end());
    const resolve = names();
    const socket = await guardWith(resolve, { privateCidrs: ['127.0.0.1/32'] }).guard.dial(
      to('rebinding.customer.test', server.port),
    );
    expect(socket.remoteAddress).toBe('127.0.0.1');
    expect(resolve.asked).toEqual(['rebinding.customer.test']);
    socket.destroy();
  });

  it('tries the next judged address when the first refuses', async () => {
    await using server = await tcpServer((socket) => socket.end());
    const socket = await loopbackGuard().dial(to('two.customer.test', server.port));
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });

  it('opens no connection to a private address that is not listed', async () => {
    await using server = await tcpServer((socket) => socket.end());
    const { guard } = guardWith(names());
    for (const host of ['db.customer.test', '127.0.0.1', '[::ffff:127.0.0.1]']) {
      await expect(guard.dial(to(host, server.port))).rejects.toMatchObject({ code: 'egress.private-address' });
    }
    expect(server.accepted()).toBe(0);
  });

  it('names a closed port unreachable without naming host or address', async () => {
    const port = await tcpServer(() => undefined).then(async (server) => {
      await server[Symbol.asyncDispose]();
      return server.port;
    });
    const failure = await loopbackGuard()
      .dial(to('db.customer.test', port))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'egress.unreachable',
      details: { detail: expect.stringContaining('ECONNREFUSED') },
    });
    expect(String((failure as Error).stack)).not.toMatch(/customer\.test|127\.0\.0\.1/);
    expect((failure as Error).cause).toBeUndefined();
  });

  it('gives up at its time limit, while resolving and while shaking hands', async () => {
    const neverResolves = guardWith(() => new Promise(() => undefined)).guard;
    await expect(neverResolves.dial(to('db.customer.test', 1), { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'egress.timeout',
    });
    await using mute = await tcpServer(() => undefined);
    const call = loopbackGuard().dial(to('db.customer.test', mute.port), { timeoutMs: 50, tls: {} });
    await expect(call).rejects.toMatchObject({ code: 'egress.timeout' });
  });

  it("stops with the reason of the caller's signal", async () => {
    await using mute = await tcpServer(() => controller.abort(new Error('stopped by the caller')));
    const controller = new AbortController();
    const call = loopbackGuard().dial(to('db.customer.test', mute.port), { tls: {}, signal: controller.signal });
    await expect(call).rejects.toThrow('stopped by the caller');
    await expect(
      loopbackGuard().dial(to('db.customer.test', mute.port), { signal: AbortSignal.abort(new Error('before')) }),
    ).rejects.toThrow('before');
  });
});

describe('EgressGuard.dial with TLS', () => {
  it('checks the certificate against the host that was dialled', async () => {
    await using server = await tlsServer(certificate, () => undefined);
    for (const host of ['db.customer.test', '127.0.0.1']) {
      const socket = await loopbackGuard().dial(to(host, server.port), { tls: { ca: certificate.cert } });
      expect([socket.authorized, socket.getProtocol()]).toEqual([true, 'TLSv1.3']);
      socket.destroy();
    }
  });

  it.each([
    ['an authority nobody trusts', 'db.customer.test', {}],
    ['another name', 'two.customer.test', { ca: certificate.cert }],
    [
      'a name asked for that the certificate lacks',
      'db.customer.test',
      { ca: certificate.cert, servername: 'other.test' },
    ],
  ])('refuses a certificate of %s', async (_name, host, tls) => {
    await using server = await tlsServer(certificate, (socket) => socket.end());
    await expect(loopbackGuard().dial(to(host, server.port), { tls })).rejects.toMatchObject({
      code: 'egress.tls-refused',
    });
  });

  it('states what the environment or a start option could otherwise loosen', () => {
    expect(settingsFor('db.customer.test', {})).toMatchObject({ rejectUnauthorized: true, minVersion: 'TLSv1.2' });
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)(
    'refuses a server that speaks only %s, which an old client can reach',
    async (version) => {
      const old = { minVersion: 'TLSv1', maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      await using server = await tlsServer({ ...certificate, ...old }, (socket) => socket.end());
      const client = connectTls({ port: server.port, host: '127.0.0.1', ca: certificate.cert, ...old });
      await once(client, 'secureConnect');
      expect(client.getProtocol()).toBe(version);
      client.destroy();
      const call = loopbackGuard().dial(to('db.customer.test', server.port), { tls: { ca: certificate.cert } });
      await expect(call).rejects.toMatchObject({ code: 'egress.tls-refused' });
    },
  );

  it('accepts a server that speaks TLS 1.2, unless 1.3 is asked for', async () => {
    await using server = await tlsServer({ ...certificate, maxVersion: 'TLSv1.2' }, () => undefined);
    const socket: TLSSocket = await loopbackGuard().dial(to('db.customer.test', server.port), {
      tls: { ca: certificate.cert },
    });
    expect(socket.getProtocol()).toBe('TLSv1.2');
    socket.destroy();
    const strict = loopbackGuard().dial(to('db.customer.test', server.port), {
      tls: { ca: certificate.cert, minVersion: 'TLSv1.3' },
    });
    await expect(strict).rejects.toMatchObject({ code: 'egress.tls-refused' });
    const older = loopbackGuard().dial(to('db.customer.test', server.port), {
      tls: { minVersion: 'TLSv1' as 'TLSv1.2' },
    });
    await expect(older).rejects.toThrow('not spoken');
  });

  it('refuses a server that speaks no TLS', async () => {
    await using server = await tcpServer((socket) => socket.end('220 ready\r\n'));
    await expect(loopbackGuard().dial(to('db.customer.test', server.port), { tls: {} })).rejects.toMatchObject({
      code: 'egress.tls-refused',
    });
  });

  it('upgrades a plain connection', async () => {
    await using server = await tlsServer(certificate, (socket) => socket.end('secure'));
    const plain = await loopbackGuard().dial(to('db.customer.test', server.port));
    const secure = await upgradeToTls(plain, 'db.customer.test', { ca: certificate.cert });
    expect(String((await once(secure, 'data'))[0])).toBe('secure');
    secure.destroy();
  });
});
