import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { MoverReport, MoverTask } from './mover.js';

const run = promisify(execFile);
const MOVER = fileURLToPath(new URL('./mover.main.js', import.meta.url));

/** What is moved and how, whatever the server. */
export type MoveJob = Pick<MoverTask, 'document' | 'position' | 'unresumable' | 'readOnly'>;

interface Server {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/**
 * The engine in a process of its own, so that its memory is nobody else's. Exchangeable: the whole platform can stand in
 * for it. `nodeArgs` such as `--cpu-prof`.
 */
export function engineMover({ host, port, user, password }: Server, nodeArgs: readonly string[]) {
  const side = (database: string) => ({ host, port, database, sslmode: 'disable' as const });
  return async (job: MoveJob): Promise<MoverReport> => {
    const task: MoverTask = { ...job, source: side('source'), target: side('target'), user, password };
    const { stdout } = await run(process.execPath, [...nodeArgs, MOVER, JSON.stringify(task)]);
    const report = JSON.parse(stdout) as MoverReport;
    if (!report.discarded) throw new Error('The mover kept some of what it held');
    return report;
  };
}
