import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Problem } from '@millrace/kernel';
import { claimFile, liveOwner } from './directory-claim.js';
import { type Account, mayEnter } from './postgres-account.js';
import { directoryInUse } from './problems.js';

/** Where root keeps data directories whose wished place the database's account cannot enter. */
const SYSTEM_DATA = '/var/lib/millrace';
/** The file beside a relocated cluster that names the place it was wished for. */
const ORIGIN = 'origin';

/**
 * The directory that really holds the cluster wished for at `dataDir`. Where `account` cannot enter the wished
 * place (below root's home, say) the data lie in a directory of the system instead, and a symbolic link stands
 * at `dataDir`. The result's parent exists; the result itself exists only when it was used before.
 */
export function clusterDirectory(dataDir: string, account: Account | undefined): string {
  const wished = path.resolve(dataDir);
  mkdirSync(path.dirname(wished), { recursive: true, mode: 0o700 });
  const entry = lstatSync(wished, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink()) return restoreTarget(wished);
  const parent = realpathSync(path.dirname(wished));
  const here = path.join(parent, path.basename(wished));
  if (entry || !account || mayEnter(account, parent)) return here;
  return relocate(wished);
}

/**
 * Removes a stopped cluster and everything that {@link clusterDirectory} made for it. Nothing happens when there
 * is none.
 * @throws Problem `embedded.directory-in-use` while a server runs on it.
 */
export function removeCluster(dataDir: string): void {
  const wished = path.resolve(dataDir);
  const link = lstatSync(wished, { throwIfNoEntry: false })?.isSymbolicLink();
  const target = link ? path.resolve(path.dirname(wished), readlinkSync(wished)) : wished;
  const owner = liveOwner(target);
  if (owner) throw new Problem(directoryInUse, { detail: `Process ${owner} still runs a server on ${dataDir}.` });
  if (link && isRelocated(target)) rmSync(path.dirname(target), { recursive: true, force: true });
  rmSync(claimFile(wished), { force: true });
  rmSync(wished, { recursive: true, force: true });
}

function relocate(wished: string): string {
  const base = existsSync('/var/lib') ? SYSTEM_DATA : os.tmpdir();
  mkdirSync(base, { recursive: true, mode: 0o711 });
  sweepTemporary(base);
  const home = mkdtempSync(path.join(base, 'cluster-'));
  chmodSync(home, 0o711);
  writeFileSync(path.join(home, ORIGIN), wished, { mode: 0o600 });
  const target = path.join(home, 'postgres');
  symlinkSync(target, wished);
  return target;
}

/**
 * Removes clusters whose link lay in the temporary folder and is gone: whoever removed it meant the cluster too.
 * Elsewhere a missing link may mean that a checkout was moved, and its data stay.
 */
function sweepTemporary(base: string): void {
  for (const name of readdirSync(base).filter((entry) => entry.startsWith('cluster-'))) {
    const home = path.join(base, name);
    const origin = readIfPresent(path.join(home, ORIGIN));
    if (!origin?.startsWith(os.tmpdir() + path.sep) || lstatSync(origin, { throwIfNoEntry: false })) continue;
    if (!liveOwner(path.join(home, 'postgres'))) rmSync(home, { recursive: true, force: true });
  }
}

function readIfPresent(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** The target of the link at `wished`; the home around it comes back if somebody emptied the system's directory. */
function restoreTarget(wished: string): string {
  const target = path.resolve(path.dirname(wished), readlinkSync(wished));
  if (isRelocated(target)) mkdirSync(path.dirname(target), { recursive: true, mode: 0o711 });
  return target;
}

function isRelocated(target: string): boolean {
  return path.basename(target) === 'postgres' && path.basename(path.dirname(target)).startsWith('cluster-');
}

/** Makes an empty directory that only `account` (or we) may enter. */
export function makePrivateDirectory(directory: string, account: Account | undefined): void {
  mkdirSync(directory, { mode: 0o700 });
  if (account) chownSync(directory, account.uid, account.gid);
}
