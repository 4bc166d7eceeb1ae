import type { Runtime } from '@millrace/service';
import type { CharterPublisher } from '../charter/publish-charter.js';
import type { PromiseBoard } from './verify-promises.js';

/** How often the region looks at its promises by itself. Whether evidence is fresh enough is the charter's to say. */
const EVERY_MS = 6 * 60 * 60_000;
/** The first look: late enough for a whole region to have started. */
const FIRST_AFTER_MS = 60_000;
/** Regions that start together do not probe together. */
const JITTER = 0.1;

/** Publishes the charter's digest at the start and runs the probes from time to time. */
export class PromiseSchedule {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly runtime: Runtime,
    private readonly board: PromiseBoard,
    private readonly publisher: CharterPublisher,
  ) {}

  /** Called by the container when the service has started. */
  async onApplicationBootstrap(): Promise<void> {
    await this.publisher.publish();
    this.schedule(FIRST_AFTER_MS);
  }

  /** Called by the container before the service stops. */
  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(afterMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void (this.running = this.look()), afterMs * (1 + JITTER * Math.random()));
    this.timer.unref();
  }

  private async look(): Promise<void> {
    try {
      await this.publisher.publish();
      await this.board.verify();
    } catch {
      this.runtime.log.warn('promises will be verified again later');
    }
    this.schedule(EVERY_MS);
  }
}
