import type { ReadLimits, SlabPool } from '@millrace/connector-sdk';
import { OpenBatch } from './open-batch.js';
import type { RelationPlan } from './relation-plan.js';
import type { Lsn } from './lsn.js';

/** Streams with a batch under construction at one time; each holds a buffer. */
const MAX_OPEN = 16;

/**
 * Gathers changes into one batch per stream until they are handed over together. A table that changes in turn with others
 * would otherwise come in batches of one row.
 */
export class ChangeGroup {
  private readonly open = new Map<string, OpenBatch>();
  private rows = 0;
  /** Some batches of the transaction in progress were handed over without a position. */
  private untold: RelationPlan | undefined;
  /** End of the last transaction that changed a followed stream. */
  told: Lsn;

  constructor(
    private readonly slabs: SlabPool,
    private readonly limits: ReadLimits,
    private readonly onBatches: (batches: readonly OpenBatch[]) => void,
    start: Lsn,
  ) {
    this.told = start;
  }

  get empty(): boolean {
    return this.open.size === 0;
  }

  get full(): boolean {
    if (this.rows >= this.limits.batchRows) return true;
    let bytes = 0;
    for (const { slab } of this.open.values()) bytes += slab.end;
    return bytes >= this.limits.batchBytes;
  }

  /** The batch to which the next row of the stream belongs. What is full is handed over first. */
  batchFor(plan: RelationPlan): OpenBatch {
    const name = plan.table.followed.stream;
    if (this.full) this.handOver();
    const batch = this.open.get(name);
    if (batch && batch.plan === plan && batch.open) {
      this.rows++;
      return batch;
    }
    if (batch || this.open.size >= MAX_OPEN) this.handOver();
    this.rows++;
    return this.begin(plan, false);
  }

  /** The stream lost all of its records; what it got before need not be kept apart. */
  truncate(plan: RelationPlan, atMs: number): void {
    if (this.open.has(plan.table.followed.stream) || this.open.size >= MAX_OPEN) this.handOver();
    this.begin(plan, true).committedAtMs = atMs;
  }

  /** A transaction ended at `end`. */
  commit(end: Lsn): void {
    if (this.empty && !this.untold) return;
    if (this.empty) this.begin(this.untold!, false);
    this.told = end;
    if (this.full) this.handOver(end);
  }

  /** Hands over what there is; with a position only between transactions. */
  handOver(position?: Lsn): void {
    const batches = [...this.open.values()];
    if (batches.length === 0) return;
    this.open.clear();
    this.rows = 0;
    const last = batches.at(-1)!;
    this.untold = position === undefined ? last.plan : undefined;
    last.end = position;
    this.onBatches(batches);
  }

  private begin(plan: RelationPlan, truncated: boolean): OpenBatch {
    const batch = new OpenBatch(plan, this.slabs.take(), truncated);
    this.open.set(plan.table.followed.stream, batch);
    return batch;
  }
}
