import { backoff, stopwatch } from '@millrace/kernel';

const IDLE_POLL_MS = 1_000;

export interface RelayLoopOptions {
  /** Errors in a row that are not told. Default 10. */
  readonly tolerated?: number;
  /** Least milliseconds between a pass and the next one that a wake-up asks for, so that many become one batch. Default 0. */
  readonly restMs?: number;
}

/** Runs `pass` again and again: at once after a wake-up or a full pass, else once a second, with backoff after errors. */
export class RelayLoop {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private failures = 0;
  private stopped = true;
  private sinceRun: (() => number) | undefined;

  /**
   * @param pass moves one batch; answers whether there may be more
   * @param failed hears of errors that come more than `tolerated` times in a row
   */
  constructor(
    private readonly pass: () => Promise<boolean>,
    private readonly failed: (error: unknown) => void,
    private readonly options: RelayLoopOptions = {},
  ) {}

  start(): void {
    this.stopped = false;
    this.wake();
  }

  wake(): void {
    if (this.stopped) return;
    if (this.running) {
      this.again = true;
      return;
    }
    const { restMs = 0 } = this.options;
    const early = this.sinceRun ? restMs - this.sinceRun() : 0;
    if (early > 0) return this.beginIn(early);
    clearTimeout(this.timer);
    this.running = this.run()
      .finally(() => {
        this.running = undefined;
        this.sinceRun = stopwatch();
      })
      .then(() => this.schedule());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      let more: boolean;
      do {
        this.again = false;
        more = await this.pass();
      } while ((more || (this.again && !this.options.restMs)) && !this.stopped);
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      if (this.failures > (this.options.tolerated ?? 10)) this.failed(error);
    }
  }

  private schedule(): void {
    if (this.stopped) return;
    const wanted = this.again ? (this.options.restMs ?? 0) : IDLE_POLL_MS;
    this.beginIn(this.failures ? backoff(this.failures, 200, 5_000) + 50 : wanted);
  }

  private beginIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), ms);
    this.timer.unref();
  }
}
