import type { RowInputs } from '../mapping/computed/row-inputs.js';
import { type FoldBudget, TooWide } from './fold-budget.js';
import type { MetricPlan } from './metric-plan.js';
import { DifferentPeople, type PeopleCount, RecordsAsPeople } from './people-count.js';
import type { RowCells } from './row-cells.js';
import { groupValue, MAX_GROUP_TEXT, type MeasuredValue } from './show-value.js';
import { type Accumulator, printer } from './statistic.js';
import { NO_BUCKET, timeBucket } from './time-bucket.js';

/** What has been folded of one statistic of one group. */
export interface FoldedValue {
  readonly accumulator: Accumulator;
  /** Records that had something for it. */
  records: number;
  readonly people: PeopleCount;
}

/** What has been folded of one group. */
export interface FoldedGroup {
  readonly bucket: number;
  readonly keys: readonly MeasuredValue[];
  records: number;
  readonly people: PeopleCount;
  /** One for each value of the metric that is a statistic, by its place there. */
  readonly values: readonly (FoldedValue | undefined)[];
  /** Whether enough people are known for all of it, so that nobody need be told apart any more. */
  isSettled: boolean;
}

/** Folds the records of a stream into one metric. */
export class MetricFold {
  readonly groups: FoldedGroup[] = [];
  /** Why the metric was given up; the records go on. */
  fault: TooWide['fault'] | undefined;
  private readonly byBucket = new Map<number, Map<string, FoldedGroup>>();
  private readonly bucket: ReturnType<typeof timeBucket> | undefined;
  private readonly keys: readonly ((row: RowCells) => MeasuredValue)[];
  private readonly keyOf: (row: RowCells) => string;
  private readonly printOf: ((row: RowCells) => number) | undefined;
  private readonly personCell: number;
  private lastBucket = Number.NaN;
  private lastGroups = new Map<string, FoldedGroup>();

  constructor(
    readonly plan: MetricPlan,
    private readonly conditions: readonly ((row: RowInputs) => boolean)[],
    readonly minimum: number,
    private readonly budget: FoldBudget,
  ) {
    const { bucket, groups, people } = plan;
    this.bucket = bucket && timeBucket(bucket);
    this.keys = groups.map(({ cell, kind }) => groupValue(cell, kind));
    this.keyOf = keyReader(plan, this.keys);
    this.personCell = people?.cell ?? -1;
    this.printOf =
      people &&
      printer(people.cell, people.kind, people.kind === 'numeric' ? groupValue(people.cell, 'numeric') : () => null);
  }

  add(row: RowCells, inputs: RowInputs): void {
    if (this.fault) return;
    for (const met of this.conditions) if (!met(inputs)) return;
    try {
      this.fold(row, this.groupOf(row));
    } catch (error) {
      if (!(error instanceof TooWide)) throw error;
      this.fault = error.fault;
      this.forget();
    }
  }

  labelOf({ bucket }: FoldedGroup): string | null {
    return this.bucket?.label(bucket) ?? null;
  }

  /** Lets go of everything that was folded. */
  forget(): void {
    this.budget.release();
    this.groups.length = 0;
    this.byBucket.clear();
    this.lastGroups = new Map();
    this.lastBucket = Number.NaN;
  }

  private fold(row: RowCells, group: FoldedGroup): void {
    group.records++;
    const person = group.isSettled ? Number.NaN : this.personOf(row);
    if (!Number.isNaN(person)) group.people.add(person);
    for (const value of group.values) {
      if (!value?.accumulator.add(row)) continue;
      value.records++;
      if (!Number.isNaN(person)) value.people.add(person);
    }
    if (!group.isSettled)
      group.isSettled = group.people.isEnough && group.values.every((value) => value?.people.isEnough ?? true);
  }

  /** The print of whoever the record is about; NaN where it does not say. */
  private personOf(row: RowCells): number {
    if (!this.printOf) return 0;
    return row.lengths[this.personCell]! < 0 ? Number.NaN : this.printOf(row);
  }

  private groupOf(row: RowCells): FoldedGroup {
    const bucket = this.bucket?.at(row) ?? NO_BUCKET;
    if (bucket !== this.lastBucket) {
      this.lastGroups = this.byBucket.get(bucket) ?? new Map<string, FoldedGroup>();
      this.byBucket.set(bucket, this.lastGroups);
      this.lastBucket = bucket;
    }
    const key = this.keyOf(row);
    return this.lastGroups.get(key) ?? this.newGroup(row, bucket, key);
  }

  private newGroup(row: RowCells, bucket: number, key: string): FoldedGroup {
    this.budget.takeGroup(this.plan.values.length + 1);
    const keys = this.keys.map((show) => show(row));
    if (keys.some((one) => typeof one === 'string' && one.length > MAX_GROUP_TEXT)) throw new TooWide('too-large');
    const values = this.plan.values.map((value): FoldedValue | undefined =>
      value.way === 'statistic'
        ? { accumulator: value.statistic(this.budget), records: 0, people: this.newPeople() }
        : undefined,
    );
    const group = { bucket, keys, records: 0, people: this.newPeople(), values, isSettled: false };
    this.lastGroups.set(key, group);
    this.groups.push(group);
    return group;
  }

  private newPeople(): PeopleCount {
    return this.printOf ? new DifferentPeople(this.minimum, this.budget) : new RecordsAsPeople(this.minimum);
  }
}

/** Reads the bytes by which the groups of a row are found, each with its length before it; of decimals their value. */
function keyReader(
  { groups }: MetricPlan,
  shown: readonly ((row: RowCells) => MeasuredValue)[],
): (row: RowCells) => string {
  const parts = groups.map(({ cell, kind }, index) =>
    kind === 'numeric'
      ? (row: RowCells) => `${String(shown[index]!(row))}\0`
      : ({ bytes, starts, lengths }: RowCells) =>
          bytes.toString('latin1', starts[cell]! - 4, starts[cell]! + Math.max(lengths[cell]!, 0)),
  );
  const [first, ...rest] = parts;
  if (!first) return () => '';
  if (rest.length === 0) return first;
  return (row) => {
    let key = first(row);
    for (const part of rest) key += part(row);
    return key;
  };
}
