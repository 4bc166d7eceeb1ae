import type { BatchCounts, KeyBounds, KeyPosition, Slab } from '@millrace/connector-sdk';
import type { CompiledStream, TransformResult } from '../mapping/compiled-stream.js';
import type { Checkpoint, CheckpointReport, MoveCounts } from './partition-move.js';
import { groupRejects, type RejectCounts, RejectTotals } from './reject-groups.js';
import type { RejectedRange } from './rejected-ranges.js';

/** A batch on its way through the target. */
export interface MappedBatch {
  readonly out: Slab;
  readonly mapped: TransformResult;
  readonly readRows: number;
  readonly readBytes: number;
  /** Bounds that read exactly this batch again. */
  readonly bounds: KeyBounds;
  readonly lastKey: KeyPosition;
}

/** Adds up what happened to the batches of one attempt. */
export class Progress {
  private readonly totals: { -readonly [Name in keyof MoveCounts]: MoveCounts[Name] };
  private readonly rejects: RejectTotals;
  private last: Checkpoint | undefined;
  /** Totals of what was handed to the target, durable or not. */
  private sent: MoveCounts;

  /** `carried` is what an earlier attempt did and could not report any more. */
  constructor(
    private readonly stream: CompiledStream,
    private readonly rejectSamples: number,
    private readonly start: { readonly attempt: number; readonly carried: MoveCounts; readonly startedOver: boolean },
  ) {
    this.rejects = new RejectTotals(rejectSamples);
    this.totals = { ...start.carried };
    this.sent = start.carried;
  }

  get counts(): MoveCounts {
    return { ...this.totals };
  }

  get checkpoint(): Checkpoint | undefined {
    return this.last;
  }

  get rejected(): readonly RejectCounts[] {
    return this.rejects.groups;
  }

  get startedOver(): boolean {
    return this.start.startedOver;
  }

  /** The checkpoint that a batch leads to once it and all before it are durable, as far as that can be said before. */
  expected(batch: MappedBatch): Checkpoint {
    const { out, mapped, readRows, readBytes, lastKey } = batch;
    this.sent = {
      ...this.sent,
      read: this.sent.read + readRows,
      bytes: this.sent.bytes + readBytes,
      written: this.sent.written + out.rowCount,
      inserted: this.sent.inserted + out.rowCount,
      rejected: this.sent.rejected + mapped.rejected.length,
      nulled: this.sent.nulled + mapped.nulled,
    };
    return { version: 1, after: lastKey, attempt: this.start.attempt, counts: this.sent };
  }

  /** Notes a durable batch. */
  add(batch: MappedBatch, written: BatchCounts): CheckpointReport {
    const groups = groupRejects(this.stream, batch.out, batch.mapped.rejected, written.refused, this.rejectSamples);
    const { inserted, updated, unchanged, unknown } = written;
    const { totals } = this;
    totals.read += batch.readRows;
    totals.bytes += batch.readBytes;
    totals.inserted += inserted;
    totals.updated += updated;
    totals.unchanged += unchanged;
    totals.unknown += unknown;
    totals.written += inserted + updated + unchanged + unknown;
    totals.rejected += batch.mapped.rejected.length + written.refused.length;
    totals.nulled += batch.mapped.nulled;
    for (const group of groups) this.rejects.add(group);
    const rejects = groups.map((group) => ({ ...group, bounds: batch.bounds }));
    const { counts } = this;
    this.last = { version: 1, after: batch.lastKey, attempt: this.start.attempt, counts };
    const rejectedRange = this.rejectedRange(batch, written);
    const { startedOver } = this;
    return { checkpoint: this.last, counts, rejects, startedOver, ...(rejectedRange ? { rejectedRange } : {}) };
  }

  private rejectedRange({ out, mapped, bounds }: MappedBatch, { refused }: BatchCounts): RejectedRange | undefined {
    const keys = [
      ...mapped.rejected.map(({ fingerprint }) => fingerprint),
      ...refused.map(({ row }) => this.stream.fingerprint(out, row)),
    ];
    return keys.length > 0 ? { bounds, keys } : undefined;
  }
}
