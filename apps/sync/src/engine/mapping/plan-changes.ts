import type { ChangesPlan } from './compiled-stream.js';
import type { ColumnPlan } from './resolve-column.js';
import { readsOf } from './plan-columns.js';
import type { CellStep, ComputedCell } from './row-transform.js';

/** What makes the columns behind the copied ones. */
export interface ColumnMakers {
  readonly copied: number;
  readonly steps: readonly CellStep[];
  readonly computed: readonly ComputedCell[];
}

export function planChanges(columns: readonly ColumnPlan[], { copied, steps }: ColumnMakers): ChangesPlan {
  const reads = columns.map((column) => [...new Set(readsOf(column).map(({ field }) => field))]);
  // A value that stays in the target is null here, and these would make something of null.
  const eager = columns.map(
    ({ origin }, index) => origin.way === 'computed' || steps[index - copied]?.takesNull === true,
  );
  return { reads, whole: [...new Set(reads.filter((_, index) => eager[index]).flat())] };
}

/**
 * The makers for deletions, of which the key alone is known: every other column is null, whatever its steps would make of
 * null. Undefined when the usual ones do that too.
 */
export function deletionMakers({ copied, steps, computed }: ColumnMakers, keys: readonly number[]) {
  const isKey = (index: number) => keys.includes(index);
  const firstComputed = copied + steps.length;
  const eager = (step: CellStep, index: number) => step.takesNull && !isKey(copied + index);
  if (!steps.some(eager) && computed.every((_, index) => isKey(firstComputed + index))) return undefined;
  return {
    steps: steps.map((step, index) => (eager(step, index) ? { ...step, takesNull: false } : step)),
    computed: computed.map((cell, index) => (isKey(firstComputed + index) ? cell : { ...cell, compute: makeNull })),
  };
}

const makeNull: ComputedCell['compute'] = (_, out) => {
  out.writeNull();
  return undefined;
};
