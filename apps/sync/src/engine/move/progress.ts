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
  private totals = {
    read: 0,
    written: 0,
    inserted: 0,
    updated: 0,
    unchanged: 0,
    unknown: 0,
    rejected: 0,
    nulled: 0,
    bytes: 0,
  };
  private readonly groups = new Map<string, Group>();
  private last: Checkpoint | undefined;

  constructor(
    private readonly stream: CompiledStream,
    private readonly rejectSamples: number,
  ) {}

  get counts(): MoveCounts {
    return { ...this.totals };
  }

  get checkpoint(): Checkpoint | undefined {
    return this.last;
  }

  get rejected(): Omit<RejectGroup, 'bounds'>[] {
    return [...this.groups.values()].map(({ bounds: _, ...group }) => group);
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
    this.last = { version: 1, after: batch.lastKey };
    return { checkpoint: this.last, counts: this.counts, rejects };
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
