import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import path from 'node:path';
import type { Exit } from '@millrace/embedded';
import { delay, Problem } from '@millrace/kernel';
import { cliProblems } from './problems.js';
import { projectRoot } from './project.js';
import type { RunningProcess } from './supervised.js';

/** How long a service may take until it is ready; it waits for a NATS server that is being restarted meanwhile. */
const READY_MS = 60_000;
/** How long a service may take to finish what is at work, in milliseconds. */
const GRACE_MS = 20_000;
const LOG_TAIL_LINES = 3;
const ENTRY = path.join(projectRoot, 'apps', 'cli', 'dist', 'region', 'child-entry.js');

export interface ServiceProcessOptions {
  readonly name: string;
  readonly program: string;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  readonly configFile: string;
  readonly operationsUrl: string;
  /** What the program prints itself; its log has a file of its own. */
  readonly outputFile: string;
  readonly signal: AbortSignal;
}

export interface ServiceProcess extends RunningProcess {
  readonly operationsUrl: string;
}

/**
 * What services run with, in MB. The heap is that of a pod of the chart: half of its 512 Mi, which Node takes by itself there
 * and would not here. The chart sets the same young generation: streaming a copy of a million rows takes 246 MB with it and
 * 325 without.
 */
export const SERVICE_MEMORY: readonly string[] = ['--max-old-space-size=256', '--max-semi-space-size=16'];

/** However this process exits, its children go with it; when it is killed, their channel to it closes and tells them. */
const living = new Set<ChildProcess>();
process.once('exit', () => living.forEach((child) => child.kill('SIGKILL')));

/**
 * Starts a service or a worker as a process of its own and resolves when it says that it is ready. It ends with this
 * process: its channel to us closes then, however we end.
 * @throws Problem `cli.service-failed` with the end of what it printed
 */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const { name, operationsUrl } = options;
  const child = launch(options);
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', () => resolve({ code: 1, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  living.add(child);
  void exited.then(() => living.delete(child));
  const stop = () => stopChild(child, exited);
  const abandon = () => void stop();
  options.signal.addEventListener('abort', abandon, { once: true });
  const told = new Promise<'ready'>((resolve) => child.once('message', () => resolve('ready')));
  const patience = new AbortController();
  const overdue = delay(READY_MS, patience.signal).then(
    () => 'overdue' as const,
    () => 'overdue' as const,
  );
  const outcome = await Promise.race([told, exited, overdue]);
  patience.abort();
  options.signal.removeEventListener('abort', abandon);
  if (outcome !== 'ready') {
    await stop();
    throw new Problem(cliProblems.childFailed, {
      detail: `${name} did not start: ${outputTail(options.outputFile)} (output: ${options.outputFile})`,
    });
  }
  return { pid: child.pid!, exited, operationsUrl, stop, kill: (signal) => void child.kill(signal) };
}

function launch({ program, configFile, outputFile, nodeOptions = [] }: ServiceProcessOptions): ChildProcess {
  mkdirSync(path.dirname(outputFile), { recursive: true, mode: 0o700 });
  const output = openSync(outputFile, 'a', 0o600);
  try {
    return spawn(process.execPath, ['--enable-source-maps', ...nodeOptions, ENTRY, program, '--config', configFile], {
      cwd: path.dirname(configFile),
      // Nothing of the caller's settings or secrets reaches a service.
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C', ...compileCache() },
      // A process group of its own: Ctrl-C in a terminal reaches us alone, and we stop things in order.
      detached: true,
      stdio: ['ignore', output, output, 'ipc'],
    });
  } finally {
    closeSync(output);
  }
}

/** Where this program keeps compiled code, if it does: later starts need not compile again. */
function compileCache(): { NODE_COMPILE_CACHE?: string } {
  const directory = getCompileCacheDir();
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: path.dirname(directory) };
}

async function stopChild(child: ChildProcess, exited: Promise<Exit>): Promise<void> {
  child.kill('SIGTERM');
  const patience = new AbortController();
  const overdue = delay(GRACE_MS, patience.signal).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  );
  await exited;
  patience.abort();
  await overdue;
}

/** Whether a party of the region says at its operations address that it can serve. */
export async function isReady(operationsUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(`${operationsUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

/** The message of the error that ended the program where there is one, else the last lines. */
function outputTail(file: string): string {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const message = lines.findLast((line) => /^(\w+Error|Error|Problem): /.test(line));
  return message ?? (lines.slice(-LOG_TAIL_LINES).join(' / ') || 'it printed nothing');
}
