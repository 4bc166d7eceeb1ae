import { backoff } from '@millrace/kernel';

const IDLE_POLL_MS = 1_000;

/** Runs `pass` again and again: at once after a wake-up or a full pass, else once a second, with backoff after errors. */
export class RelayLoop {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private failures = 0;
  private stopped = true;

  /**
   * @param pass moves one batch; answers whether there may be more
   * @param failed hears of errors that come more than `tolerated` times in a row
   */
  constructor(
    private readonly pass: () => Promise<boolean>,
    private readonly failed: (error: unknown) => void,
    private readonly tolerated = 10,
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
    clearTimeout(this.timer);
    this.running = this.run()
      .finally(() => (this.running = undefined))
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
      } while ((more || this.again) && !this.stopped);
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      if (this.failures > this.tolerated) this.failed(error);
    }
  }

  private schedule(): void {
    if (this.stopped) return;
    const pause = this.failures ? backoff(this.failures, 200, 5_000) + 50 : this.again ? 0 : IDLE_POLL_MS;
    this.timer = setTimeout(() => this.wake(), pause);
    this.timer.unref();
  }
}
