import type { BatchCounts, LogPosition } from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { NOTHING_MOVED } from '../move/move-counts.js';
import { groupRejects, type RejectCounts, RejectTotals } from '../move/reject-groups.js';
import type { MoveCounts } from '../move/partition-move.js';
import type { ChangesReport, CountsByStream } from './change-following.js';
import type { MappedChanges } from './map-changes.js';

type Totals = { -readonly [Name in keyof MoveCounts]: MoveCounts[Name] };

/** Adds up what happened to the changes of one call. */
export class ChangeProgress {
  private readonly totals: Map<string, Totals>;
  private readonly all: RejectTotals;
  private readonly fresh: RejectTotals;

  constructor(
    streams: readonly CompiledStream[],
    private readonly rejectSamples: number,
  ) {
    this.totals = new Map(streams.map(({ name }) => [name, { ...NOTHING_MOVED }]));
    this.all = new RejectTotals(rejectSamples);
    this.fresh = new RejectTotals(rejectSamples);
  }

  get counts(): CountsByStream {
    return Object.fromEntries([...this.totals].map(([name, totals]) => [name, { ...totals }]));
  }

  get rejected(): readonly RejectCounts[] {
    return this.all.groups;
  }

  /** Notes a durable batch. */
  add({ stream, out, rejected, nulled, readRows, readBytes }: MappedChanges, written: BatchCounts): void {
    const { inserted, updated, unchanged, unknown, deleted = 0, refused } = written;
    const totals = this.totals.get(stream.name)!;
    totals.read += readRows;
    totals.bytes += readBytes;
    totals.inserted += inserted;
    totals.updated += updated;
    totals.unchanged += unchanged;
    totals.unknown += unknown;
    totals.deleted += deleted;
    totals.written += inserted + updated + unchanged + unknown + deleted;
    totals.rejected += rejected.length + refused.length;
    totals.nulled += nulled;
    for (const group of groupRejects(stream, out, rejected, refused, this.rejectSamples)) {
      this.all.add(group);
      this.fresh.add(group);
    }
  }

  /** What is to be reported now; rejects are given once. */
  report(position: LogPosition, committedAtMs: number | undefined): ChangesReport {
    const time = committedAtMs === undefined ? {} : { committedAtMs };
    return { position, ...time, counts: this.counts, rejects: this.fresh.take() };
  }
}
