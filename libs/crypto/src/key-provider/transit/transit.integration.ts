import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { selfSigned } from '../../../../egress/src/connection/certificate.fixture.js';
import { keyProviderContract } from '../key-provider.contract.js';
import { Transit } from './transit.js';
import type { TransitOptions } from './transit-options.js';
import { TransitServer } from './transit-server.fixture.js';

const server = new TransitServer();
const binding = Buffer.from('binding');
const dataKey = Buffer.alloc(32, 7);
let folder: string;
let options: TransitOptions;

beforeAll(async () => {
  await server.start();
  folder = await mkdtemp(path.join(tmpdir(), 'transit-'));
  options = {
    address: server.address,
    mount: 'transit',
    tokenFile: path.join(folder, 'token'),
    caFile: path.join(folder, 'ca.pem'),
    timeoutMs: 300,
  };
  await writeFile(options.caFile!, server.certificate.cert);
});
beforeEach(async () => {
  await writeFile(options.tokenFile, `${server.token}\n`, { mode: 0o600 });
  server.requests.length = server.failures.length = 0;
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

keyProviderContract('a transit engine', () => Transit.open(options));

const { MILLRACE_TRANSIT_URL: url, MILLRACE_TRANSIT_TOKEN_FILE: tokenFile } = process.env;
if (url && tokenFile) {
  const caFile = process.env['MILLRACE_TRANSIT_CA_FILE'];
  keyProviderContract('the transit engine at hand', () =>
    Transit.open({ address: url, mount: 'transit', tokenFile, ...(caFile ? { caFile } : {}) }),
  );
}

describe('a transit engine', () => {
  it('makes no key by encrypting, whatever it did before', async () => {
    server.upsert = true;
    const provider = await Transit.open(options);
    await expect(provider.wrap('org-never-made', dataKey, binding)).rejects.toMatchObject({ code: 'key-not-found' });
    expect(await provider.describeKey('org-never-made')).toBeUndefined();
  });

  it('lets a key be deleted by nobody else: only destroying allows it', async () => {
    const provider = await Transit.open(options);
    await provider.createKey('org-kept');
    expect(server.deletable('org-kept')).toBe(false);
    await provider.destroyKey('org-kept');
    expect(server.deletable('org-kept')).toBeUndefined();
  });

  it('is refused with a key that could be taken out of it', async () => {
    const provider = await Transit.open(options);
    server.makeExportableKey('org-exportable');
    await expect(provider.describeKey('org-exportable')).rejects.toMatchObject({ code: 'key-provider-invalid' });
    await provider.destroyKey('org-exportable');
  });

  it.each([429, 500, 502, 503, 0])('is asked again after %d, and gives up after three attempts', async (failure) => {
    const provider = await Transit.open(options);
    server.failures.push(failure, failure);
    expect(await provider.describeKey('org-absent')).toBeUndefined();
    server.requests.length = 0;
    server.failures.push(failure, failure, failure);
    const attempt = provider.describeKey('org-absent');
    await expect(attempt).rejects.toMatchObject({ code: 'key-provider-unavailable' });
    expect(server.requests).toHaveLength(3);
  });

  it('reads its token anew for every request, and never again asks with one that was refused', async () => {
    const provider = await Transit.open(options);
    await writeFile(options.tokenFile, 's.another');
    server.requests.length = 0;
    await expect(provider.listKeys()).rejects.toMatchObject({ code: 'key-provider-denied' });
    expect(server.requests).toHaveLength(1);
    await writeFile(options.tokenFile, server.token);
    expect(await provider.describeKey('org-absent')).toBeUndefined();
  });

  it('takes a token only from a file that nobody else may read', async () => {
    await chmod(options.tokenFile, 0o644);
    await expect(Transit.open(options)).rejects.toMatchObject({ code: 'key-file-permissions' });
    await chmod(options.tokenFile, 0o600);
    await writeFile(options.tokenFile, 'one two');
    await expect(Transit.open(options)).rejects.toMatchObject({ code: 'key-provider-invalid' });
    expect(server.requests).toHaveLength(0);
  });

  it('hears nothing before its certificate is known', async () => {
    const other = path.join(folder, 'other.pem');
    await writeFile(other, selfSigned('localhost').cert);
    for (const { caFile, ...rest } of [
      { ...options, caFile: other },
      { ...options, caFile: undefined },
    ]) {
      const attempt = Transit.open(caFile ? { ...rest, caFile } : rest);
      await expect(attempt).rejects.toMatchObject({ code: 'key-provider-invalid' });
    }
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    'http://openbao.example.com:8200',
    'https://user:word@openbao.example.com',
    'https://openbao.example.com/other',
    'ftp://localhost',
    'openbao',
  ])('is not looked for at %s', async (address) => {
    await expect(Transit.open({ ...options, address })).rejects.toMatchObject({ code: 'key-provider-invalid' });
  });

  it('names its namespace', async () => {
    await Transit.open({ ...options, namespace: 'team' });
    expect(server.requests[0]!.headers['x-vault-namespace']).toBe('team');
  });

  it('leaves the token and the data key out of every error', async () => {
    const provider = await Transit.open(options);
    await provider.createKey('org-quiet');
    const wrapped = await provider.wrap('org-quiet', dataKey, binding);
    const failing: (() => Promise<unknown>)[] = [
      () => provider.unwrap('org-quiet', wrapped, Buffer.from('other')),
      () => provider.wrap('org-quiet-missing', dataKey, binding),
      () => (server.failures.push(500, 500, 500), provider.wrap('org-quiet', dataKey, binding)),
      () => (server.failures.push(403), provider.wrap('org-quiet', dataKey, binding)),
      () => (server.failures.push(302), provider.wrap('org-quiet', dataKey, binding)),
    ];
    for (const fail of failing) {
      const shown = inspect(
        await fail().then(
          () => expect('it').toBe('refused'),
          (error: unknown) => error,
        ),
        { depth: 9 },
      );
      expect(shown).not.toContain(server.token);
      expect(shown).not.toContain(dataKey.toString('base64'));
    }
  });
});
