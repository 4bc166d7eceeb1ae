import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Problem, until } from '@millrace/kernel';
import { isSameProcess, processIdentity } from './process-identity.js';
import { directoryInUse } from './problems.js';

/** How long an orphaned server may take to stop before it is killed, in milliseconds. */
const ORPHAN_STOP_MS = 10_000;
/** A claim is retried once for each record that had to be cleared away; more means somebody else keeps winning. */
const CLAIM_ATTEMPTS = 3;

interface ClaimRecord {
  readonly owner: ProcessRecord;
  readonly server?: ProcessRecord;
}

interface ProcessRecord {
  readonly pid: number;
  readonly identity: string;
}

/**
 * The right to run a server on a directory, kept in a file beside that directory. It names the process that
 * starts the server and the server, so that a later start can tell a server in use from one left behind.
 */
export class DirectoryClaim {
  private constructor(private readonly file: string) {}

  /**
   * Claims `directory`. A server that a dead process left behind is stopped first with `stopSignal`.
   * @throws Problem `embedded.directory-in-use` while the process that holds the claim lives.
   */
  static async take(directory: string, stopSignal: NodeJS.Signals): Promise<DirectoryClaim> {
    const file = claimFile(directory);
    const owner = { pid: process.pid, identity: processIdentity(process.pid) ?? '' };
    for (let attempt = 0; attempt < CLAIM_ATTEMPTS; attempt += 1) {
      if (create(file, { owner })) return new DirectoryClaim(file);
      await clearAway(directory, file, stopSignal);
    }
    throw new Problem(directoryInUse, { detail: `Another process is starting a server on ${directory}.` });
  }

  /** Adds the server to the record, once its process id is known. */
  recordServer(pid: number): void {
    const record = readRecord(this.file);
    const identity = processIdentity(pid);
    if (record && identity) writeFileSync(this.file, JSON.stringify({ ...record, server: { pid, identity } }));
  }

  release(): void {
    rmSync(this.file, { force: true });
  }
}

/** The file that holds the claim on `directory`. */
export function claimFile(directory: string): string {
  return `${directory}.owner.json`;
}

/** The process that runs a server on `directory` now, if any. */
export function liveOwner(directory: string): number | undefined {
  const owner = readRecord(claimFile(directory))?.owner;
  return owner && isSameProcess(owner.pid, owner.identity) ? owner.pid : undefined;
}

function create(file: string, record: ClaimRecord): boolean {
  try {
    writeFileSync(file, JSON.stringify(record), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readRecord(file: string): ClaimRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ClaimRecord;
  } catch {
    // Missing, or cut short by a crash: either way nobody can be found through it.
    return undefined;
  }
}

async function clearAway(directory: string, file: string, stopSignal: NodeJS.Signals): Promise<void> {
  const record = readRecord(file);
  if (record && isSameProcess(record.owner.pid, record.owner.identity)) {
    throw new Problem(directoryInUse, { detail: `Process ${record.owner.pid} already runs a server on ${directory}.` });
  }
  if (record?.server) await stopOrphan(record.server, stopSignal);
  rmSync(file, { force: true });
}

async function stopOrphan({ pid, identity }: ProcessRecord, stopSignal: NodeJS.Signals): Promise<void> {
  if (!isSameProcess(pid, identity)) return;
  process.kill(pid, stopSignal);
  const gone = () => !isSameProcess(pid, identity);
  await until(`the server left behind as process ${pid} to stop`, ORPHAN_STOP_MS, gone).catch(async () => {
    process.kill(pid, 'SIGKILL');
    await until(`process ${pid} to end`, ORPHAN_STOP_MS, gone);
  });
}
