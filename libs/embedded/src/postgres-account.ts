import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '@millrace/kernel';
import { programMissing } from './problems.js';
import { CHILD_ENVIRONMENT } from './server-process.js';

/** The account that is created where none of the usual ones exists. */
const OWN_ACCOUNT = 'millrace';

/** The user and group that Postgres runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account to run Postgres as, or undefined to run it as ourselves. Postgres refuses to run as root, so root
 * lends it to the owner of an existing data directory, else to `postgres`, else to a system account of our own.
 */
export function postgresAccount(dataDirectory: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(dataDirectory, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return lookUp('postgres') ?? lookUp(OWN_ACCOUNT) ?? createAccount() ?? lookUp('nobody') ?? noAccount();
}

/** Whether `account` may enter `directory`, judged by the modes of it and of every directory above it. */
export function mayEnter(account: Account, directory: string): boolean {
  const { mode, uid, gid } = statSync(directory);
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
  if (((mode >> shift) & 1) === 0) return false;
  const parent = path.dirname(directory);
  return parent === directory || mayEnter(account, parent);
}

function lookUp(name: string): Account | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

function createAccount(): Account | undefined {
  const args = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', OWN_ACCOUNT];
  spawnSync('useradd', args, { env: CHILD_ENVIRONMENT, stdio: 'ignore' });
  // Another start may have created it in between, so the file decides and not the command's status.
  return lookUp(OWN_ACCOUNT);
}

function noAccount(): never {
  throw new Problem(programMissing, {
    detail: 'Postgres cannot run as root and no other account exists; type: useradd --system postgres',
  });
}
