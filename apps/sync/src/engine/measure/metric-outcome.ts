import type { FoldedGroup, MetricFold } from './metric-fold.js';
import type { ValuePlan } from './metric-plan.js';
import type { MeasuredValue } from './show-value.js';
import { withheld } from './suppress.js';

/** A group of a result. */
export interface MetricRow {
  /** The period, if the metric has periods, then one value per column that it groups by. */
  readonly keys: readonly MeasuredValue[];
  readonly values: readonly MeasuredValue[];
  /** People whom the group covers at least. */
  readonly people: number;
}

/** What a metric has come to. Groups of too few people are not in it. */
export interface MetricOutcome {
  readonly metric: string;
  /** Why there is no result. */
  readonly fault?: 'too-many-groups' | 'too-large';
  readonly groups: readonly string[];
  readonly values: readonly string[];
  readonly rows: readonly MetricRow[];
  /** Groups that are withheld because they cover too few people, or would betray one that does. */
  readonly suppressedGroups: number;
  readonly minimumGroupSize: number;
}

/** Largest result, in bytes of JSON. */
export const MAX_OUTCOME_BYTES = 512 * 1024;

/** What has been folded, without the groups and values that cover fewer people than the minimum. */
export function outcomeOf(fold: MetricFold): MetricOutcome {
  const { plan, minimum, groups } = fold;
  const about = {
    metric: plan.name,
    groups: [...(plan.bucket ? [plan.bucket.name] : []), ...plan.groups.map(({ name }) => name)],
    values: plan.values.flatMap(({ columns }) => columns),
    minimumGroupSize: minimum,
  };
  const given = (fault: MetricOutcome['fault']): MetricOutcome => ({ ...about, fault, rows: [], suppressedGroups: 0 });
  if (fold.fault) return given(fold.fault);
  const hidden = withheld(groups, minimum);
  const hiddenValues = plan.values.map((_, place) => withheldOf(groups, place, hidden, minimum));
  const rows = groups
    .map((group, place) => ({ group, place }))
    .filter(({ place }) => !hidden.has(place))
    .sort((left, right) => compareGroups(left.group, right.group))
    .map(({ group, place }) => ({
      keys: [...(plan.bucket ? [fold.labelOf(group)] : []), ...group.keys],
      values: valuesOf(plan.values, group, (value) => hiddenValues[value]!.has(place)),
      people: Math.min(group.people.count, minimum),
    }));
  const outcome = { ...about, rows, suppressedGroups: hidden.size };
  return Buffer.byteLength(JSON.stringify(outcome)) > MAX_OUTCOME_BYTES ? given('too-large') : outcome;
}

/** The groups that must not show the value at `place`; not every record of a group need have something for it. */
function withheldOf(
  groups: readonly FoldedGroup[],
  place: number,
  hidden: ReadonlySet<number>,
  minimum: number,
): ReadonlySet<number> {
  const contributions = groups.map((group, index) => ({
    ...(group.values[place] ?? { people: group.people, records: group.records }),
    isHidden: hidden.has(index),
  }));
  return withheld(contributions, minimum);
}

function valuesOf(
  plans: readonly ValuePlan[],
  group: FoldedGroup,
  isHidden: (place: number) => boolean,
): MeasuredValue[] {
  const results = plans.map((plan, place): readonly MeasuredValue[] => {
    if (isHidden(place)) return plan.columns.map(() => null);
    return plan.way === 'records' ? [group.records] : (group.values[place]?.accumulator.results() ?? []);
  });
  const resultOf = (name: string) => results[plans.findIndex((plan) => plan.name === name)]![0];
  return plans.flatMap((plan, place) =>
    plan.way === 'ratio' ? [ratio(resultOf(plan.of), resultOf(plan.to))] : results[place]!,
  );
}

/** Undefined and null have no ratio, and nothing is divided by zero. */
function ratio(of: MeasuredValue | undefined, to: MeasuredValue | undefined): number | null {
  if (of === null || to === null || of === undefined || to === undefined) return null;
  const quotient = Number(of) / Number(to);
  return Number.isFinite(quotient) ? quotient : null;
}

/** By period, then by the values of the groups; what is not known comes last. */
function compareGroups(left: FoldedGroup, right: FoldedGroup): number {
  if (left.bucket !== right.bucket) return left.bucket - right.bucket;
  for (const [index, one] of left.keys.entries()) {
    const order = compareKeys(one, right.keys[index]!);
    if (order !== 0) return order;
  }
  return 0;
}

function compareKeys(left: MeasuredValue, right: MeasuredValue): number {
  if (left === right) return 0;
  if (left === null || right === null) return left === null ? 1 : -1;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : 1;
  return Number(left) - Number(right);
}
