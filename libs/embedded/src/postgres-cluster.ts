import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchownSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Problem, type Secret } from '@millrace/kernel';
import type { Account } from './postgres-account.js';
import { makePrivateDirectory } from './postgres-directory.js';
import { directoryInUse, startFailed } from './problems.js';
import { CHILD_ENVIRONMENT } from './server-process.js';

export interface ClusterOptions {
  readonly initdb: string;
  readonly directory: string;
  readonly account: Account | undefined;
  readonly superuser: string;
  readonly password: Secret;
  /** False skips the flush to disk after creation: for clusters that are thrown away. */
  readonly sync: boolean;
}

/**
 * Creates the cluster unless `directory` already holds one: UTF-8, locale C, SCRAM passwords for every
 * connection. It is built beside its place and renamed, so a creation cut short leaves nothing half-done.
 */
export async function createCluster(options: ClusterOptions): Promise<void> {
  if (existsSync(path.join(options.directory, 'PG_VERSION'))) return;
  const unfinished = `${options.directory}.unfinished`;
  removeUnfinished(options.directory);
  makePrivateDirectory(unfinished, options.account);
  await runInitdb(options, unfinished);
  renameSync(unfinished, options.directory);
}

function removeUnfinished(directory: string): void {
  rmSync(`${directory}.unfinished`, { recursive: true, force: true });
  // Renaming over an empty directory works; over anything else it must fail, for we did not make it.
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new Problem(directoryInUse, { detail: `${directory} is neither empty nor a Postgres data directory.` });
  }
}

async function runInitdb(options: ClusterOptions, directory: string): Promise<void> {
  const password = passwordInput(options.password, options.account);
  try {
    const args = ['-D', directory, '-U', options.superuser, '--pwfile=/dev/stdin', '--auth=scram-sha-256'];
    args.push('--encoding=UTF8', '--locale=C', '--no-instructions', ...(options.sync ? [] : ['--no-sync']));
    const child = spawn(options.initdb, args, {
      ...options.account,
      cwd: directory,
      env: CHILD_ENVIRONMENT,
      stdio: [password, 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Problem(startFailed, { detail: `initdb failed: ${complaint.trim()}` });
  } finally {
    closeSync(password);
  }
}

/**
 * An open file with the password and no name: it is unlinked before the first byte is written, so no crash can
 * leave a password behind in a temporary folder. A pipe would not do; Node's pipes are sockets, which
 * /dev/stdin cannot open again.
 */
function passwordInput(password: Secret, account: Account | undefined): number {
  const name = path.join(os.tmpdir(), `millrace-${randomBytes(12).toString('hex')}`);
  const file = openSync(name, 'wx+', 0o600);
  unlinkSync(name);
  if (account) fchownSync(file, account.uid, account.gid);
  writeSync(file, password.reveal(), 0, 'utf8');
  return file;
}

/**
 * Looks at the lock file of an earlier server. It goes when its process is not a server on this directory: after a
 * crash the number may belong to any other process, which Postgres could not tell from a server.
 * @throws Problem `embedded.directory-in-use` when a server that is not ours works on the directory.
 */
export function clearStaleLock(directory: string): void {
  const lock = path.join(directory, 'postmaster.pid');
  if (process.platform !== 'linux' || !existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (workingDirectory(pid) !== directory) return rmSync(lock, { force: true });
  throw new Problem(directoryInUse, { detail: `A Postgres server (process ${pid}) already works on ${directory}.` });
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
