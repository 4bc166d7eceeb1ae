import type { Batch, RefusedRecord } from '@millrace/connector-sdk';
import type { CompiledStream, RejectedRecord } from '../mapping/compiled-stream.js';
import type { RejectGroup } from './partition-move.js';

/** Rejects that share stage, field and rule; never a value, and no position. */
export type RejectCounts = Omit<RejectGroup, 'bounds'>;

type Group = { -readonly [Name in keyof RejectCounts]: RejectCounts[Name] } & { fingerprints: string[] };

/** Groups what the mapping and the target refused of one batch. At most `samples` fingerprints are kept per group. */
export function groupRejects(
  stream: CompiledStream,
  out: Batch,
  rejected: readonly RejectedRecord[],
  refused: readonly RefusedRecord[],
  samples: number,
): readonly RejectCounts[] {
  const groups = new Map<string, Group>();
  const add = (stage: 'mapping' | 'target', rule: string, field: string | undefined, fingerprint: () => string) => {
    const group = obtain(groups, { stream: stream.name, stage, rule, field, count: 0, fingerprints: [] });
    group.count++;
    if (group.fingerprints.length < samples) group.fingerprints.push(fingerprint());
  };
  for (const { rule, field, fingerprint } of rejected) add('mapping', rule, field, () => fingerprint);
  for (const { rule, field, row } of refused) add('target', rule, field, () => stream.fingerprint(out, row));
  return [...groups.values()];
}

/** Adds groups up. */
export class RejectTotals {
  private readonly totals = new Map<string, Group>();

  constructor(private readonly samples: number) {}

  get groups(): readonly RejectCounts[] {
    return [...this.totals.values()];
  }

  add(group: RejectCounts): void {
    const total = obtain(this.totals, { ...group, count: 0, fingerprints: [] });
    total.count += group.count;
    total.fingerprints.push(...group.fingerprints.slice(0, this.samples - total.fingerprints.length));
  }

  /** Gives the groups and begins anew. */
  take(): readonly RejectCounts[] {
    const { groups } = this;
    this.totals.clear();
    return groups;
  }
}

function obtain(groups: Map<string, Group>, fresh: Group): Group {
  const name = JSON.stringify([fresh.stream, fresh.stage, fresh.field, fresh.rule]);
  const group = groups.get(name) ?? fresh;
  groups.set(name, group);
  return group;
}
