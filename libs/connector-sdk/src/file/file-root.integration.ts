import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileRoot } from './file-root.js';

let base: string;
let outside: string;
beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'millrace-root-'));
  outside = await mkdtemp(path.join(os.tmpdir(), 'millrace-outside-'));
  await writeFile(path.join(outside, 'secret.csv'), 'not yours\n');
});
afterEach(async () => {
  for (const directory of [base, outside]) await rm(directory, { recursive: true, force: true });
});

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'opened',
    (error: { code?: string }) => error.code,
  );

describe('a directory that a connector was given', () => {
  it.each([
    '../secret.csv',
    '/etc/passwd',
    '..',
    '.',
    '',
    '.hidden.csv',
    'a/b.csv',
    'a\\b.csv',
    'a\0.csv',
    'x'.repeat(300),
  ])('has no file of the name %j', async (name) => {
    const root = await FileRoot.open(base);
    expect(await code(root.read(name))).toBe('unsafe-path');
    expect(await code(root.write(name))).toBe('unsafe-path');
    expect(await readdir(base)).toEqual([]);
  });

  it('follows no symbolic link, neither to a file nor to a folder', async () => {
    await symlink(path.join(outside, 'secret.csv'), path.join(base, 'link.csv'));
    await symlink(outside, path.join(base, 'folder'));
    const root = await FileRoot.open(base);
    expect(await code(root.read('link.csv'))).toBe('unsafe-path');
    expect(await code(root.write('link.csv'))).toBe('unsafe-path');
    expect(await root.list('.csv')).toEqual([]);
    expect(await root.has('link.csv')).toBe(false);
    expect(await code(FileRoot.open(base, 'folder'))).toBe('unsafe-path');
    expect(await readFile(path.join(outside, 'secret.csv'), 'utf8')).toBe('not yours\n');
  });

  it.each(['..', 'a/../..', './a'])('has no folder %j', async (folder) => {
    expect(await code(FileRoot.open(base, folder))).toBe('unsafe-path');
  });

  it('notices a folder that is exchanged for a link after it was opened', async () => {
    await mkdir(path.join(base, 'inbox'));
    const root = await FileRoot.open(base, 'inbox');
    await rm(path.join(base, 'inbox'), { recursive: true });
    await symlink(outside, path.join(base, 'inbox'));
    expect(await code(root.read('secret.csv'))).toBe('unsafe-path');
  });

  it('is not held up by a pipe, and takes no directory for a file', async () => {
    execFileSync('mkfifo', [path.join(base, 'pipe.csv')]);
    await mkdir(path.join(base, 'folder.csv'));
    const root = await FileRoot.open(base);
    for (const name of ['pipe.csv', 'folder.csv']) expect(await code(root.read(name))).toBe('unsafe-path');
    expect(await root.list('.csv')).toEqual([]);
  });

  it('makes a missing folder for its owner alone, and lists what lies in it', async () => {
    const root = await FileRoot.open(base, 'new/deep');
    expect((await stat(path.join(base, 'new/deep'))).mode & 0o777).toBe(0o700);
    await (await root.write('b.csv')).close();
    await (await root.write('a.csv')).close();
    await (await root.write('c.txt')).close();
    expect(await root.list('.csv')).toEqual(['a.csv', 'b.csv']);
    expect((await stat(path.join(base, 'new/deep/a.csv'))).mode & 0o777).toBe(0o600);
  });

  it('is refused when the operator’s directory is not there', async () => {
    expect(await code(FileRoot.open(path.join(base, 'absent')))).toBe('files-not-offered');
  });
});
