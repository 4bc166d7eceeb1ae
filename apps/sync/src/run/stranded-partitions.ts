import { workQueue } from '@millrace/contracts';
import type { Database } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';

/** A partition of which nobody has heard for this long is offered again; a worker reports far more often. */
const STRANDED_AFTER_MS = 120_000;
const CHECK_EVERY_MS = 30_000;

/** Offers partitions again whose work item was lost with a broker's disk. The fence keeps a second delivery harmless. */
export class StrandedPartitions {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
  ) {}

  start(): void {
    const check = () =>
      this.offerAgain().catch(() => this.runtime.log.warn('stranded partitions will be looked for again'));
    this.timer = setInterval(() => void check(), CHECK_EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Answers how many partitions were offered again. */
  async offerAgain(): Promise<number> {
    const now = this.runtime.clock.now();
    return this.database.region({ kind: 'service' }, async (tx) => {
      const stranded = await tx.query<{ id: string; run_id: string }>(
        `update partition set touched_at = $1 where state in ('queued', 'running') and touched_at < $2 returning id, run_id`,
        [now, new Date(now.getTime() - STRANDED_AFTER_MS)],
      );
      for (const { id, run_id } of stranded) await tx.enqueue(workQueue.subject, { runId: run_id, partitionId: id });
      return stranded.length;
    });
  }
}
