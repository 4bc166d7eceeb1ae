import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { delay } from '@millrace/kernel';

/** Programs get no environment of ours: nothing of the caller's settings or secrets reaches them. */
export const CHILD_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

/** How much of the end of a log is read to explain a failed start, in bytes. */
const LOG_TAIL_BYTES = 4096;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Output is appended to this file, which only the owner may read. */
  readonly logFile: string;
  /** The signal that asks the program to stop in good order. */
  readonly stopSignal: NodeJS.Signals;
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * A server that lives at most as long as this process does. It does not keep this process alive by itself: a program
 * (or a failed test) that has nothing left to do ends, and its servers with it.
 */
export class ServerProcess {
  /** Resolves when the process has ended, however it ended. */
  readonly exited: Promise<Exit>;
  private readonly logStart: number;
  private exit: Exit | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly options: ServerProcessOptions,
    logStart: number,
  ) {
    this.logStart = logStart;
    const watchdog = startWatchdog(child.pid!, options.stopSignal);
    child.unref();
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.exit = { code, signal };
        watchdog.kill('SIGKILL');
        resolve(this.exit);
      });
    });
  }

  /**
   * Starts the program in a process group of its own, so that Ctrl-C in a terminal reaches us first and we stop
   * things in order.
   */
  static async start(options: ServerProcessOptions): Promise<ServerProcess> {
    const log = openLog(options.logFile);
    try {
      const logStart = fstatSync(log).size;
      const child = spawn(options.program, options.args, {
        cwd: options.cwd,
        uid: options.uid,
        gid: options.gid,
        env: CHILD_ENVIRONMENT,
        detached: true,
        stdio: ['ignore', log, log],
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      return new ServerProcess(child, options, logStart);
    } finally {
      closeSync(log);
    }
  }

  get pid(): number {
    return this.child.pid!;
  }

  get running(): boolean {
    return this.exit === undefined;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends `signal`, waits at most `graceMs` milliseconds, then kills. Stopping a stopped server does nothing. */
  async stop(signal: NodeJS.Signals = this.options.stopSignal, graceMs = 20_000): Promise<void> {
    if (!this.running) return;
    // Whoever waits for the end must not be ended by having nothing else to do.
    this.child.ref();
    this.kill(signal);
    const patience = new AbortController();
    const overdue = delay(graceMs, patience.signal).then(
      () => this.kill('SIGKILL'),
      () => undefined,
    );
    await this.exited;
    patience.abort();
    await overdue;
  }

  /** What the program has logged since this start, at most the last 4 KiB. */
  logTail(): string {
    return this.logSince(Math.max(this.logStart, this.logSize() - LOG_TAIL_BYTES));
  }

  /** The log's present size in bytes: a mark for {@link logSince}. */
  logSize(): number {
    return statSync(this.options.logFile).size;
  }

  /** What the log holds from the byte `mark` on. */
  logSince(mark: number): string {
    const log = openSync(this.options.logFile, 'r');
    try {
      const bytes = Buffer.alloc(Math.max(0, fstatSync(log).size - mark));
      readSync(log, bytes, 0, bytes.length, mark);
      return bytes.toString('utf8');
    } finally {
      closeSync(log);
    }
  }
}

function openLog(logFile: string): number {
  mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
  return openSync(logFile, 'a', 0o600);
}

/**
 * A shell that waits for its standard input to close. The other end of that pipe belongs to this process alone,
 * so it closes when we end in whatever way, kill -9 included; the shell then stops the server. This works where
 * exit handlers cannot, on Linux and macOS alike.
 */
function startWatchdog(pid: number, signal: NodeJS.Signals): ChildProcess {
  const script = 'read -r _; kill -s "$1" "$2"';
  const watchdog = spawn('/bin/sh', ['-c', script, 'millrace-watchdog', signal.replace(/^SIG/, ''), String(pid)], {
    cwd: '/',
    env: CHILD_ENVIRONMENT,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.on('error', () => undefined);
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();
  return watchdog;
}
