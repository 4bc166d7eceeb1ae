import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { removeCluster } from '@millrace/embedded';
import { until } from '@millrace/kernel';
import { scratchDirectory } from '@millrace/testing';
import { type LongCommand, millrace, startMillrace } from '../command-line.fixture.js';

const scratch = scratchDirectory();
const directory = path.join(scratch.path, 'region');
const here = ['--directory', directory];

let region: LongCommand;

beforeAll(async () => {
  const owner = ['--email', 'owner@example.com', '--password-stdin', ...here];
  const password = { input: 'four quiet rivers run\n' };
  region = startMillrace(['up', ...here, '--json']);
  await region.says('"gatewayUrl"');
  expect((await millrace(['sign-up', ...owner, '--name', 'Test Owner', '--of-age'], password)).code).toBe(0);
  expect((await millrace(['confirm', ...owner], password)).code).toBe(0);
}, 120_000);

afterAll(async () => {
  region.signal('SIGTERM');
  await region.ended();
  removeCluster(path.join(directory, 'postgres'));
  scratch[Symbol.dispose]();
}, 120_000);

describe('what people ask, and who answers them', () => {
  it('asks for a right in its owner’s words, and answers it', async () => {
    const asked = await millrace([
      'requests',
      'ask',
      'objection',
      '--text',
      'Count less.',
      '--law',
      'gdpr',
      '--json',
      ...here,
    ]);
    const { caseId } = asked.json<{ caseId: string }>();
    expect((await millrace(['requests', 'list', ...here])).stdout).toContain(caseId);
    expect((await millrace(['cases', 'file', caseId, ...here])).stdout).toMatch(/asked .*Count less\./);
    await millrace(['cases', 'ask', caseId, '--question', 'Of what?', ...here]);
    expect((await millrace(['requests', 'show', caseId, ...here])).stdout).toMatch(/objection +waiting/);
    expect((await millrace(['requests', 'reply', caseId, '--text', 'Of clicks.', ...here])).code).toBe(0);
    expect(
      (await millrace(['cases', 'extend', caseId, '--reason', 'much must be searched', ...here])).stdout,
    ).toContain('because much must be searched');
    const answer = ['cases', 'answer', caseId, '--outcome', 'refused', '--text', 'We cannot.', ...here];
    expect(await millrace(answer)).toMatchObject({ code: 1, stderr: expect.stringContaining('compelling-grounds') });
    expect((await millrace([...answer, '--ground', 'legal-claims'])).code).toBe(0);
    const shown = (await millrace(['requests', 'show', caseId, ...here])).stdout;
    expect(shown).toMatch(/answered .*We cannot\.[^]*ground .*legal claims\. \(Art\. 18\(2\)[^]*complain[^]*appeal/);
    expect(await millrace(['requests', 'withdraw', caseId, ...here])).toMatchObject({ code: 1 });
    expect(await millrace(['requests', 'ask', 'a-pony', '--text', 'Please.', ...here])).toMatchObject({ code: 2 });
  }, 120_000);

  it('sees to an account that is reported to be a child’s', async () => {
    const [email, password] = ['child@example.com', { input: 'another three quiet rivers\n' }];
    const theirs = [
      '--email',
      email,
      '--password-stdin',
      '--session-file',
      path.join(scratch.path, 'child.json'),
      ...here,
    ];
    await millrace(['sign-up', ...theirs, '--name', 'A Child', '--of-age'], password);
    expect(await millrace(['confirm', ...theirs], password)).toMatchObject({ code: 0, stderr: '' });
    const signIn = () => millrace(['sign-in', ...theirs], password);
    expect(await millrace(['accounts', 'erase', 'nobody@example.com', ...here])).toMatchObject({ code: 1 });
    expect(await millrace(['accounts', 'freeze', email, ...here])).toMatchObject({ code: 0, stderr: '' });
    expect(await signIn()).toMatchObject({ code: 1, stderr: expect.stringContaining('This account is frozen') });
    expect(await millrace(['accounts', 'unfreeze', email, ...here])).toMatchObject({ code: 0, stderr: '' });
    expect(await signIn()).toMatchObject({ code: 0, stderr: '' });
    const erased = await millrace(['accounts', 'erase', email, '--json', ...here]);
    expect(erased.json()).toMatchObject({ caseId: expect.any(String), explanation: expect.any(String) });
    await until('the account to be gone', 60_000, async () => (await signIn()).code === 1);
  }, 180_000);

  it('invites the first of the staff where they have an identity provider, and says so where not', async () => {
    expect(await millrace(['staff', 'invite-first', ...here])).toMatchObject({ code: 1, stdout: '' });
  });
});
