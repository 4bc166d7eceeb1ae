import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { removeCluster } from '@millrace/embedded';
import { scratchDirectory } from '@millrace/testing';
import pg from 'pg';
import { ZipFile } from 'yazl';
import { millrace } from '../command-line.fixture.js';
import { type LocalRegion, startLocalRegion } from '../region/local-region.js';
import type { BundleVerdict } from './check-bundle.js';
import { ZipReader } from './zip-file.js';

const scratch = scratchDirectory();
const at = (name: string) => path.join(scratch.path, name);
const here = ['--directory', at('region')];
const [EMAIL, PASSWORD] = ['ada@example.com', 'four quiet rivers run'];
/** A name that a spreadsheet would run. */
const NAME = '=Ada()';
/** What a download itself leaves. */
const TRACES = ['gateway/access_log', 'compliance/ledger_personal', 'compliance/case_subject', 'identity/session'].map(
  (table) => `data/${table}.json`,
);
let region: LocalRegion;

const withPassword = (...args: string[]) =>
  millrace([...args, ...here, '--email', EMAIL, '--password-stdin'], { input: `${PASSWORD}\n` });
const key = async () => (await millrace(['ledger', 'key', ...here])).stdout;
const check = (file: string, ...more: string[]) => millrace(['bundle', 'check', file, ...more]);

beforeAll(async () => {
  region = await startLocalRegion({ directory: at('region'), workers: 0 });
  expect((await withPassword('sign-up', '--name', NAME, '--of-age')).code).toBe(0);
  expect((await withPassword('confirm')).code).toBe(0);
  expect((await withPassword('sign-in')).code).toBe(0);
  writeFileSync(at('ledger.key'), await key());
}, 120_000);

afterAll(async () => {
  await region?.stop();
  removeCluster(at('region/postgres'));
  scratch[Symbol.dispose]();
}, 60_000);

async function sql(database: string, text: string, ...values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: region.superuserUrl(database) });
  await client.connect();
  await client.query(text, values).finally(() => client.end());
}

async function download(name: string): Promise<string> {
  const answer = await millrace(['export', '--bundle', at(name), '--json', ...here]);
  expect(answer).toMatchObject({ code: 0, stderr: '' });
  expect(answer.json()).toEqual({ file: at(name), bytes: statSync(at(name)).size });
  return at(name);
}

async function filesOf(file: string): Promise<Map<string, Buffer>> {
  await using zip = await ZipReader.open(file);
  const files = new Map<string, Buffer>();
  for (const one of await zip.files()) files.set(one.name, await zip.bytesOf(one));
  return files;
}

async function pack(name: string, files: ReadonlyMap<string, Buffer>): Promise<string> {
  const zip = new ZipFile();
  for (const [own, bytes] of files) zip.addBuffer(bytes, own);
  zip.end();
  writeFileSync(at(name), await buffer(zip.outputStream));
  return at(name);
}

describe('a person’s own bundle', () => {
  it('is for them alone to read, holds what is known of them, and is checked without the region', async () => {
    const file = await download('own.zip');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const files = await filesOf(file);
    const rowsOf = (name: string) => JSON.parse(String(files.get(name))) as Record<string, unknown>[];
    expect(rowsOf('data/identity/account.json')).toEqual([expect.objectContaining({ email: EMAIL, name: NAME })]);
    expect(String(files.get('data/identity/account.csv'))).toContain(`,'${NAME},`);
    expect(String(files.get('index.html'))).toContain('<th scope="row">account</th><td>1</td>');
    expect([...files.values()].join('')).not.toMatch(/passwordHash|\$2b\$/);
    const answer = await check(file, '--key', at('ledger.key'), '--json');
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.json()).toMatchObject({ holds: true, signature: 'valid', faults: [] });
    const { manifest } = answer.json<BundleVerdict>();
    expect(manifest).toMatchObject({ charter: 'dataflow-xpert', region: 'us-east-1', files: files.size - 2 });
    const words = await check(file, '--key', (await key()).trim());
    expect(words).toMatchObject({ code: 0, stdout: expect.stringContaining('signed by this key') });
    expect(await check(file)).toMatchObject({ code: 0, stdout: expect.stringContaining('was not checked') });
  });

  it('has the same data files when nothing changed meanwhile', async () => {
    const [first, second] = [await filesOf(await download('first.zip')), await filesOf(await download('second.zip'))];
    const data = [...first.keys()].filter((name) => name.startsWith('data/') && name.endsWith('.json'));
    expect([...second.keys()]).toEqual([...first.keys()]);
    expect(data.length).toBeGreaterThan(5);
    const changed = data.filter((name) => !second.get(name)!.equals(first.get(name)!));
    expect(changed.filter((name) => !TRACES.includes(name))).toEqual([]);
  });

  it('is never written over another file, and not made for a stranger', async () => {
    writeFileSync(at('there.zip'), 'something else');
    const refused = await millrace(['export', '--bundle', at('there.zip'), ...here]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') });
    expect(readFileSync(at('there.zip'), 'utf8')).toBe('something else');
    const stranger = ['--session-file', at('nobody.json')];
    expect(await millrace(['export', '--bundle', at('nobody.zip'), ...stranger, ...here])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('You are not signed in'),
    });
    expect(() => statSync(at('nobody.zip'))).toThrow('ENOENT');
  });

  it('waits until they have shown who they are', async () => {
    await sql('identity', `update session set confirmed_at = confirmed_at - interval '11 minutes'`);
    const refused = await millrace(['export', '--bundle', at('late.zip'), '--json', ...here]);
    expect(refused.json()).toMatchObject({ error: { code: 'kernel.confirm-first' } });
    expect((await withPassword('sign-in')).code).toBe(0);
  });

  it('holds every row of somebody of whom there is much, once in each file', async () => {
    const rows = 20_000;
    await sql(
      'identity',
      `insert into known_device (user_id, device, last_seen_at)
       select id, '@device ' || i, now() from account, generate_series(1, $1::integer) i`,
      rows,
    );
    const file = await download('much.zip');
    const files = await filesOf(file);
    const devices = JSON.parse(String(files.get('data/identity/known_device.json'))) as { device: string }[];
    const lines = String(files.get('data/identity/known_device.csv')).trimEnd().split('\r\n');
    expect(new Set(devices.map(({ device }) => device)).size).toBe(devices.length);
    expect(devices.length).toBeGreaterThan(rows);
    expect(lines.length).toBe(devices.length + 1);
    expect(lines.filter((line) => line.includes("'@device")).length).toBe(rows);
    expect((await check(file, '--key', at('ledger.key'))).code).toBe(0);
  }, 120_000);
});

describe('a bundle that somebody worked on', () => {
  it.each<[string, (files: Map<string, Buffer>) => unknown, string]>([
    [
      'a changed word',
      (files) =>
        files.set(
          'data/identity/account.json',
          Buffer.from(String(files.get('data/identity/account.json')).replace('Ada', 'Eve')),
        ),
      '"data/identity/account.json" was changed',
    ],
    ['a file less', (files) => files.delete('data/identity/account.csv'), '"data/identity/account.csv" was removed'],
    ['a file more', (files) => files.set('data/vault/gift.csv', Buffer.from('a')), '"data/vault/gift.csv" was added'],
    [
      'a name that is made for a terminal',
      (files) => files.set('a\u001b[2J\u009b', Buffer.from('a')),
      '"a\\u001b[2J\\u009b" is a name that no file of a bundle has',
    ],
    [
      'another manifest',
      (files) =>
        files.set('manifest.json', Buffer.from(String(files.get('manifest.json')).replace('us-east-1', 'us-west-1'))),
      '"manifest.json" was changed',
    ],
    [
      'a forged signature',
      (files) => files.set('manifest.sig', Buffer.from(String(files.get('manifest.sig')).replace(/.{4}\n$/, 'AAA=\n'))),
      '"manifest.sig" is not what this key signed',
    ],
  ])('is known by %s', async (what, change, sentence) => {
    const files = await filesOf(at('own.zip'));
    change(files);
    const answer = await check(await pack(`${what}.zip`, files), '--key', at('ledger.key'));
    expect(answer).toMatchObject({ code: 1, stderr: '', stdout: expect.stringContaining(sentence) });
  });

  it('is told apart from wrong usage', async () => {
    expect(await check(at('no-such-file.zip'))).toMatchObject({ code: 2 });
    expect(await check(at('own.zip'), '--key', 'none')).toMatchObject({ code: 2 });
  });
});
