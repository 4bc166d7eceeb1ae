import { workQueue } from '@millrace/contracts';
import { backoff, delay } from '@millrace/kernel';
import { WORK_ACK_WAIT_MS, WorkQueue, type WorkMessage } from '@millrace/messaging';
import type { Runtime } from '@millrace/service';
import type { MovePartition, WorkItem } from './move-claimed-partition.js';

/** How often a worker says that it is still at it; a third of the silence after which its work goes to another. */
const ALIVE_EVERY_MS = WORK_ACK_WAIT_MS / 3;

/**
 * Pipelines that a worker follows without an end beside the partitions that it moves: each waits most of the time. Beyond
 * these they take the place of a partition.
 */
const MAX_ENDLESS = 32;

export interface WorkLoopOptions {
  readonly runtime: Runtime;
  readonly mover: MovePartition;
  /** Partitions moved at once. */
  readonly concurrency: number;
}

/** Takes partitions from the queue, as many at once as it may, until it is stopped. */
export class WorkLoop {
  private readonly stopping = new AbortController();
  private readonly lanes: Promise<void>[] = [];
  private readonly endless = new Set<Promise<void>>();
  private readonly queue: WorkQueue;

  constructor(private readonly options: WorkLoopOptions) {
    this.queue = new WorkQueue(options.runtime.connection, workQueue);
  }

  start(): void {
    for (let lane = 0; lane < this.options.concurrency; lane++) this.lanes.push(this.work());
  }

  /** Stops what is being moved at its last checkpoint, hands it back to the queue, and takes nothing new. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('The worker is stopping'));
    await Promise.all(this.lanes);
    await Promise.all(this.endless);
  }

  private async work(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        const message = await this.queue.next(signal);
        failures = 0;
        if (message) await this.handle(message);
      } catch {
        failures += 1;
        await delay(backoff(failures, 100, 2_000) + 20, signal).catch(() => undefined);
      }
    }
  }

  /** Resolves when the lane is free again: once the work is done, or goes on beside the lanes. */
  private async handle(message: WorkMessage): Promise<void> {
    const left = Promise.withResolvers<void>();
    const work: Promise<void> = this.perform(message, () => {
      if (this.endless.size >= MAX_ENDLESS) return;
      this.endless.add(work);
      left.resolve();
    }).finally(() => this.endless.delete(work));
    await Promise.race([work, left.promise]);
  }

  private async perform(message: WorkMessage, onEndless: () => void): Promise<void> {
    const { mover, runtime } = this.options;
    const alive = setInterval(() => message.working(), ALIVE_EVERY_MS);
    try {
      const item = message.item as WorkItem;
      const outcome = await mover.execute(item, this.stopping.signal, onEndless);
      if (outcome.kind === 'done') message.done();
      else message.again(outcome.delayMs);
    } catch (error) {
      runtime.instruments.unexpected(error, { event: 'sync.partition.moved' });
      message.again(ALIVE_EVERY_MS);
    } finally {
      clearInterval(alive);
    }
  }
}
