import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { removeCluster } from '@millrace/embedded';
import { scratchDirectory, type TestDatabase, testStack } from '@millrace/testing';
import { type Answer, type LongCommand, millrace, startMillrace } from '../command-line.fixture.js';

const scratch = scratchDirectory();
const directory = path.join(scratch.path, 'region');
const here = ['--directory', directory];
const EMAIL = 'owner@example.com';
const PASSWORD = 'four quiet rivers run';

let region: LongCommand;
let source: TestDatabase;

const withPassword = (...args: string[]) =>
  millrace([...args, ...here, '--email', EMAIL, '--password-stdin'], { input: `${PASSWORD}\n` });

beforeAll(async () => {
  source = await testStack().createDatabase();
  region = startMillrace(['up', ...here, '--json']);
  await region.says('"gatewayUrl"');
  expect((await withPassword('sign-up', '--name', 'Test Owner', '--of-age')).code).toBe(0);
  expect((await withPassword('confirm')).code).toBe(0);
}, 120_000);

afterAll(async () => {
  region.signal('SIGTERM');
  await region.ended();
  removeCluster(path.join(directory, 'postgres'));
  await source.drop();
  scratch[Symbol.dispose]();
}, 120_000);

/** Types a credential at the edge, which is sealed, and has a worker reach the database with it, for which four services sign. */
async function connects(name: string): Promise<void> {
  const { host, port, name: database, user, password } = source;
  const made = await millrace(
    [
      ...[
        'connections',
        'create',
        '--name',
        name,
        ...here,
        '--host',
        host,
        '--port',
        String(port),
        '--database',
        database,
      ],
      ...['--username', user, '--credential-stdin', '--tls', 'disable'],
    ],
    { input: password.reveal() },
  );
  expect(made).toMatchObject({ code: 0 });
  expect((await millrace(['connections', 'check', name, ...here])).stdout).toContain(`${name} answers`);
}

const keys = (...args: string[]): Promise<Answer> => millrace(['keys', ...args, ...here, '--json']);

describe('the keys of a region that is up', () => {
  it('are renewed and retired while people sign in and credentials arrive: the pepper', async () => {
    const renewed = await keys('renew', 'pepper');
    expect(renewed.json()).toEqual({
      renewed: [
        {
          owner: 'identity',
          versions: [
            { version: '1', inUse: false, neededBy: 1 },
            { version: '2', inUse: true, neededBy: 0 },
          ],
        },
      ],
    });
    const early = await keys('retire', 'pepper', '--now');
    expect(early).toMatchObject({ code: 1 });
    expect(early.json()).toMatchObject({
      error: { code: 'cli.key-needed', detail: expect.stringContaining('1 of what') },
    });
    expect((await withPassword('sign-in')).code).toBe(0);
    expect((await keys('retire', 'pepper', '--now')).json()).toEqual({ retired: [{ owner: 'identity', removed: 1 }] });
    expect((await withPassword('sign-in')).code).toBe(0);
  });

  it('the key that credentials are sealed to', async () => {
    await connects('before');
    expect(await keys('renew', 'sealing')).toMatchObject({ code: 0 });
    await connects('between');
    const early = await keys('retire', 'sealing');
    expect(early.json()).toMatchObject({
      error: { code: 'cli.key-needed', detail: expect.stringContaining('on its way') },
    });
    expect((await keys('retire', 'sealing', '--now')).json()).toEqual({ retired: [{ owner: 'vault', removed: 1 }] });
    await connects('after');
  });

  it('the keys that services sign with, the worker’s and the operator’s included', async () => {
    const renewal = await keys('renew', 'signing');
    expect(renewal).toMatchObject({ code: 0, stderr: '' });
    const { renewed } = renewal.json<{ renewed: { owner: string }[] }>();
    expect(renewed.map(({ owner }) => owner)).toEqual(expect.arrayContaining(['gateway', 'sync-worker', 'operator']));
    expect(renewed).toHaveLength(8);
    await connects('signed');
    const retirement = await keys('retire', 'signing', '--now');
    expect(retirement).toMatchObject({ code: 0, stderr: '' });
    const { retired } = retirement.json<{ retired: { removed: number }[] }>();
    expect(retired.map(({ removed }) => removed)).toEqual(Array(8).fill(1));
    await connects('signed anew');
    expect((await millrace(['promises', 'verify', ...here, '--json'])).json()).toMatchObject({ counts: { broken: 0 } });
  });

  it('are named where somebody asks for one that there is not', async () => {
    const wrong = await keys('renew', 'sealing', '--service', 'sync');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.json()).toMatchObject({ error: { detail: 'There is a sealing key of: vault.' } });
  });
});
