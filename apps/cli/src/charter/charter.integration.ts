import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scratchDirectory } from '@millrace/testing';
import { millrace } from '../command-line.fixture.js';
import { projectRoot } from '../region/project.js';

const scratch = scratchDirectory();
const old = path.join(projectRoot, 'deploy/charters/dataflow-xpert.yaml');
const now = path.join(scratch.path, 'next.yaml');

beforeAll(() => {
  const text = readFileSync(old, 'utf8');
  const next = text.replace(/access-log: \{ keep: P\d+D/, 'access-log: { keep: P365D');
  expect(next).not.toBe(text);
  writeFileSync(now, next);
});
afterAll(() => scratch[Symbol.dispose]());

describe('millrace charter', () => {
  it('diff says what is worse for people, and what is owed to them', async () => {
    const answer = await millrace(['charter', 'diff', old, now]);
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.stdout).toMatch(/Worse for people: 1\n {2}! Server access logs, how long it is kept: 365 days/);
    expect(answer.stdout).toContain('What is owed before it takes effect');
    const same = await millrace(['charter', 'diff', old, old, '--json']);
    expect(same.json()).toMatchObject({ changes: [], owed: [] });
  });

  it('diff shows the faults of a charter that is refused', async () => {
    const bad = path.join(scratch.path, 'bad.yaml');
    writeFileSync(bad, 'charter: nothing\n');
    expect(await millrace(['charter', 'diff', old, bad])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('bad.yaml is refused'),
    });
  });

  it('render writes every page that follows from a charter', async () => {
    const directory = path.join(scratch.path, 'some pages');
    const { files } = (await millrace(['charter', 'render', old, directory, '--json'])).json<{ files: string[] }>();
    expect(files.map((file) => path.basename(file)).sort()).toEqual(readdirSync(directory).sort());
    const read = (name: string) => readFileSync(path.join(directory, name), 'utf8');
    expect(read('privacy.html')).toMatch(/^<!doctype html>[^]*<h1>Privacy policy of /);
    expect(read('cookies.md')).toContain('sessionid');
    const record = read('record-of-processing.md');
    for (const line of ['| identity | account |', '| sync | run |', '| vault | credential |'])
      expect(record).toContain(line);
    expect(await millrace(['charter', 'render', old, now])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be written'),
    });
  });
});
