import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { backoff, delay, stopwatch } from '@millrace/kernel';
import { CryptoError } from '../crypto-error.js';

/** A change of the keyring takes a few milliseconds; whoever waits longer than this faces a holder that hangs. */
const LOCK_TIMEOUT_MS = 5_000;

/**
 * Runs `action` while no other process of this machine changes the keyring. The lock is a file that names its holder;
 * one whose holder no longer runs is taken over. Throws `keyring-locked` after `timeoutMs`
 * (five seconds). Inside one process the
 * caller queues its changes itself.
 */
export async function withKeyringLock<T>(
  lockPath: string,
  action: () => Promise<T>,
  timeoutMs = LOCK_TIMEOUT_MS,
): Promise<T> {
  const elapsed = stopwatch();
  for (let attempt = 1; !(await tryLock(lockPath)); attempt++) {
    await removeIfAbandoned(lockPath);
    if (elapsed() > timeoutMs) throw new CryptoError('keyring-locked', 'Another process holds the keyring');
    await delay(backoff(attempt, 5, 100));
  }
  try {
    return await action();
  } finally {
    await rm(lockPath, { force: true });
  }
}

/** Linking a finished file makes the lock appear with its content: a crash never leaves one without a holder. */
async function tryLock(lockPath: string): Promise<boolean> {
  const draft = `${lockPath}.${randomUUID()}`;
  await writeFile(draft, (await identityOf(process.pid)) ?? String(process.pid), { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, lockPath);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Renaming claims an abandoned lock: of several processes that see it, one rename succeeds. Should somebody have
 * claimed it and locked anew between our look and our rename, the renamed lock has another holder and is put back.
 */
async function removeIfAbandoned(lockPath: string): Promise<void> {
  const holder = await readFile(lockPath, 'utf8').catch(() => undefined);
  if (holder === undefined || (await isRunning(holder))) return;
  const claimed = `${lockPath}.${randomUUID()}`;
  try {
    await rename(lockPath, claimed);
    if ((await readFile(claimed, 'utf8')) !== holder) await link(claimed, lockPath);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    await rm(claimed, { force: true });
  }
}

async function isRunning(holder: string): Promise<boolean> {
  return (await identityOf(Number(holder.split(' ')[0]))) === holder;
}

/**
 * A process as `<pid> <start time>`, undefined when it does not run. The start time (field 22 of /proc/<pid>/stat, clock
 * ticks since boot) tells a holder from a later process with the same id, such as process 1 of a restarted container.
 */
async function identityOf(pid: number): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (status !== undefined) return `${pid} ${status.slice(status.lastIndexOf(')') + 2).split(' ')[19]}`;
  if (process.platform === 'linux') return undefined;
  try {
    process.kill(pid, 0);
    return String(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? String(pid) : undefined;
  }
}
