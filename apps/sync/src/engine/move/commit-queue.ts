import type { SlabPool, Writer } from '@millrace/connector-sdk';
import type { CheckpointReport } from './partition-move.js';
import type { MappedBatch, Progress } from './progress.js';

/** Batches prepared beyond those being written, so that a free lane never waits for us. */
const PREPARED = 1;

/**
 * Keeps several batches on their way into the target and reports them in order, each only after it and all before it are
 * durable. The first failure is kept and stops everything behind it.
 */
export class CommitQueue {
  private readonly inFlight: Promise<void>[] = [];
  private tail: Promise<void> = Promise.resolve();

  constructor(
    private readonly writer: Writer,
    private readonly slabs: SlabPool,
    private readonly progress: Progress,
    private readonly onDurable: (report: CheckpointReport) => Promise<void>,
  ) {}

  /** Hands a batch to the target; waits while too many are on their way. Rejects with the first failure of any. */
  async submit(batch: MappedBatch, mark?: string): Promise<void> {
    const written = this.writer.apply(batch.out, mark);
    // A later batch may fail first; its failure is reported when its turn comes.
    written.catch(() => {});
    const done = this.tail.then(async () => {
      const counts = await written;
      const report = this.progress.add(batch, counts);
      this.slabs.give(batch.out);
      await this.onDurable(report);
    });
    done.catch(() => {});
    this.tail = done;
    this.inFlight.push(done);
    if (this.inFlight.length >= this.writer.window + PREPARED) await this.inFlight.shift();
  }

  /** Resolves when every batch is durable and reported. */
  async drain(): Promise<void> {
    await this.tail;
  }

  /** Calls `stop` as soon as a batch fails, not only when the next one is submitted. */
  watch(stop: (failure: unknown) => void): void {
    this.tail.catch(stop);
  }
}
