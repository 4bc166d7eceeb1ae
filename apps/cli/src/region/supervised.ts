import { backoff, delay, stopwatch } from '@millrace/kernel';
import type { Exit } from '@millrace/embedded';

/** A process that was started and is ready. */
export interface RunningProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** What happened to a supervised process, for the person who watches. */
export type SupervisionEvent =
  | { readonly kind: 'ended'; readonly name: string; readonly exit: Exit }
  | { readonly kind: 'restarted'; readonly name: string; readonly pid: number }
  | { readonly kind: 'given-up'; readonly name: string; readonly reason: string };

/** A process that keeps ending is not started for ever: at most this many times within the window. */
const MAX_RESTARTS = 12;
const WINDOW_MS = 120_000;
/** Longest pause before a restart, in milliseconds. */
const MAX_PAUSE_MS = 4_000;

export interface Supervision<R extends RunningProcess> {
  readonly name: string;
  /** Starts the process and resolves when it is ready. `previous` is the one that ended, absent the first time. */
  readonly launch: (signal: AbortSignal, previous?: R) => Promise<R>;
  readonly report: (event: SupervisionEvent) => void;
}

/** Keeps one process going: whenever it ends without having been asked to, it is started again. */
export class Supervised<R extends RunningProcess> {
  private readonly stopping = new AbortController();
  private readonly restarts: (() => number)[] = [];
  private watching: Promise<void>;
  /** How often it was started again. */
  restartCount = 0;

  private constructor(
    private readonly supervision: Supervision<R>,
    private running: R,
  ) {
    this.watching = this.watch();
  }

  static async start<R extends RunningProcess>(supervision: Supervision<R>): Promise<Supervised<R>> {
    return new Supervised(supervision, await supervision.launch(new AbortController().signal));
  }

  get name(): string {
    return this.supervision.name;
  }

  /** The process as it runs now, or ran last. */
  get current(): R {
    return this.running;
  }

  /** Ends supervision, then the process. Safe to call twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running.stop();
    await this.watching;
  }

  private async watch(): Promise<void> {
    const { name, report } = this.supervision;
    while (!this.stopping.signal.aborted) {
      const exit = await this.running.exited;
      if (this.stopping.signal.aborted) return;
      report({ kind: 'ended', name, exit });
      if (!(await this.restart())) return;
    }
  }

  private async restart(): Promise<boolean> {
    const { name, launch, report } = this.supervision;
    const { signal } = this.stopping;
    let reason = 'it kept ending';
    while (this.mayRestart()) {
      try {
        await delay(backoff(this.restarts.length, 50, MAX_PAUSE_MS), signal);
        this.running = await launch(signal, this.running);
        this.restartCount += 1;
        if (signal.aborted) await this.running.stop();
        else report({ kind: 'restarted', name, pid: this.running.pid });
        return !signal.aborted;
      } catch (error) {
        if (signal.aborted) return false;
        reason = error instanceof Error ? error.message : String(error);
      }
    }
    report({ kind: 'given-up', name, reason });
    return false;
  }

  private mayRestart(): boolean {
    while (this.restarts[0] && this.restarts[0]() > WINDOW_MS) this.restarts.shift();
    this.restarts.push(stopwatch());
    return this.restarts.length <= MAX_RESTARTS;
  }
}
