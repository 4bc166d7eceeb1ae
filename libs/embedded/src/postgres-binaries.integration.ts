import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scratchDirectory } from '@millrace/testing';
import { postgresAccount } from './postgres-account.js';
import { postgresBinaries, runnableBinaries } from './postgres-binaries.js';

const scratch = scratchDirectory();
afterAll(() => scratch[Symbol.dispose]());
const account = postgresAccount(scratch.path);

describe('the programs of the npm package', () => {
  const packageRoot = path.join(scratch.path, 'a package');
  const cache = path.join(scratch.path, 'cache');
  const native = path.join(packageRoot, 'native');
  const lib = path.join(native, 'lib');

  beforeAll(() => {
    const original = path.dirname(path.dirname(path.dirname(postgresBinaries(undefined).postgres)));
    cpSync(original, packageRoot, { recursive: true, verbatimSymlinks: true });
    // A version of its own, so that a copy in the system's cache is not found instead.
    const manifest = path.join(packageRoot, 'package.json');
    writeFileSync(manifest, JSON.stringify({ version: '0.0.0-test' }));
    mkdirSync(cache);
  });

  it('are used where they are when they run there', () => {
    expect(runnableBinaries(packageRoot, account, () => cache).postgres).toBe(path.join(native, 'bin', 'postgres'));
    expect(readdirSync(cache)).toEqual([]);
  });

  it('are copied with their links made when the install script did not run', () => {
    const links = readdirSync(lib).filter((name) => lstatSync(path.join(lib, name)).isSymbolicLink());
    expect(links).not.toEqual([]);
    for (const name of links) unlinkSync(path.join(lib, name));
    const { postgres } = runnableBinaries(packageRoot, account, () => cache);
    expect(postgres).toBe(path.join(cache, 'postgres-0.0.0-test', 'bin', 'postgres'));
    const copied = readdirSync(path.join(cache, 'postgres-0.0.0-test', 'lib'));
    expect(copied).toEqual(expect.arrayContaining(links));
    expect(copied.filter((name) => name.endsWith('.a'))).toEqual([]);
  });

  it('are readable in the copy whatever the modes of the original', () => {
    rmSync(path.join(cache, 'postgres-0.0.0-test'), { recursive: true });
    chmodSync(native, 0o700);
    chmodSync(path.join(native, 'share'), 0o700);
    const { postgres } = runnableBinaries(packageRoot, account, () => cache);
    const share = path.join(path.dirname(path.dirname(postgres)), 'share');
    expect(lstatSync(share).mode & 0o777).toBe(0o755);
  });

  it('leave no half-made copy behind', () => {
    expect(readdirSync(cache)).toEqual(['postgres-0.0.0-test']);
    expect(existsSync(path.join(cache, 'postgres-0.0.0-test', 'bin', 'initdb'))).toBe(true);
  });
});
