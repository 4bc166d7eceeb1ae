import type { BatchCounts, KeyBounds, KeyPosition, Slab } from '@millrace/connector-sdk';
import type { CompiledStream, TransformResult } from '../mapping/compiled-stream.js';
import type { Checkpoint, CheckpointReport, MoveCounts, RejectGroup } from './partition-move.js';

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

type Group = { -readonly [Name in keyof RejectGroup]: RejectGroup[Name] } & { fingerprints: string[] };

/** Adds up what happened to the batches of one attempt. */
export class Progress {
  private readonly totals: { -readonly [Name in keyof MoveCounts]: MoveCounts[Name] };
  private readonly groups = new Map<string, Group>();
  private last: Checkpoint | undefined;
  /** Totals of what was handed to the target, durable or not. */
  private sent: MoveCounts;

  /** `carried` is what an earlier attempt did and could not report any more. */
  constructor(
    private readonly stream: CompiledStream,
    private readonly rejectSamples: number,
    private readonly start: { readonly attempt: number; readonly carried: MoveCounts; readonly startedOver: boolean },
  ) {
    this.totals = { ...start.carried };
    this.sent = start.carried;
  }

  get counts(): MoveCounts {
    return { ...this.totals };
  }

  get checkpoint(): Checkpoint | undefined {
    return this.last;
  }

  get rejected(): Omit<RejectGroup, 'bounds'>[] {
    return [...this.groups.values()].map(({ bounds: _, ...group }) => group);
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
    const rejects = this.rejectsOf(batch, written);
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
    for (const group of rejects) this.merge(group);
    const { counts } = this;
    this.last = { version: 1, after: batch.lastKey, attempt: this.start.attempt, counts };
    return { checkpoint: this.last, counts, rejects, startedOver: this.startedOver };
  }

  private rejectsOf({ out, mapped, bounds }: MappedBatch, { refused }: BatchCounts): Group[] {
    const groups = new Map<string, Group>();
    const add = (stage: 'mapping' | 'target', rule: string, field: string | undefined, fingerprint: () => string) => {
      const group = obtain(groups, {
        stream: this.stream.name,
        stage,
        rule,
        field,
        count: 0,
        fingerprints: [],
        bounds,
      });
      group.count++;
      if (group.fingerprints.length < this.rejectSamples) group.fingerprints.push(fingerprint());
    };
    for (const { rule, field, fingerprint } of mapped.rejected) add('mapping', rule, field, () => fingerprint);
    for (const { rule, field, row } of refused) add('target', rule, field, () => this.stream.fingerprint(out, row));
    return [...groups.values()];
  }

  private merge(group: Group): void {
    const total = obtain(this.groups, { ...group, count: 0, fingerprints: [] });
    total.count += group.count;
    total.fingerprints.push(...group.fingerprints.slice(0, this.rejectSamples - total.fingerprints.length));
  }
}

function obtain(groups: Map<string, Group>, fresh: Group): Group {
  const name = JSON.stringify([fresh.stage, fresh.field, fresh.rule]);
  const group = groups.get(name) ?? fresh;
  groups.set(name, group);
  return group;
}
