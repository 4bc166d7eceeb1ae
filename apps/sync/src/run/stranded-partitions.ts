import { workQueue } from '@millrace/contracts';
import { countWaiting } from '@millrace/messaging';
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

  /** Answers how many partitions were offered again: none while the queue still holds an item for each. */
  async offerAgain(): Promise<number> {
    if (!(await this.hasLostItems())) return 0;
    const now = this.runtime.clock.now();
    return this.database.region({ kind: 'service' }, async (tx) => {
      const stranded = await tx.query<{ id: string; run_id: string }>(
        `update partition set touched_at = $1 where state in ('queued', 'running') and offered_at is not null and touched_at < $2 returning id, run_id`,
        [now, new Date(now.getTime() - STRANDED_AFTER_MS)],
      );
      for (const { id, run_id } of stranded) await tx.enqueue(workQueue.subject, { runId: run_id, partitionId: id });
      return stranded.length;
    });
  }

  /** Whether the queue holds fewer items than partitions are open; an item counts until it is acknowledged. */
  private async hasLostItems(): Promise<boolean> {
    const [due] = await this.database.region({ kind: 'service' }, (tx) =>
      tx.query<{ open: number; unsent: number }>(
        `select (select count(*)::int from partition where state in ('queued', 'running') and offered_at is not null) as open,
           (select count(*)::int from outbox where subject = $1) as unsent`,
        [workQueue.subject],
      ),
    );
    // Asked after the count: a run that starts in between only makes it larger.
    const waiting = await countWaiting(this.runtime.connection, workQueue.stream);
    return waiting + due!.unsent < due!.open;
  }
}
