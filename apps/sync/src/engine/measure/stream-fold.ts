import type { Batch, TargetColumn } from '@millrace/connector-sdk';
import { readerOf } from '../mapping/cell/cell-value.js';
import { type RowInput, RowInputs } from '../mapping/computed/row-inputs.js';
import { FoldBudget, StreamBudget } from './fold-budget.js';
import { MetricFold } from './metric-fold.js';
import { type MetricOutcome, outcomeOf } from './metric-outcome.js';
import type { MetricPlan } from './metric-plan.js';
import { RowCells } from './row-cells.js';

/** Folds the mapped records of a stream into its metrics, batch by batch. Keeps sums and sketches, never a record. */
export class StreamFold {
  private readonly cells: RowCells;
  private readonly inputs: RowInputs;
  private readonly hasConditions: boolean;
  private readonly folds: readonly MetricFold[];

  /** `minimum` is the charter's least size of a group. */
  constructor(metrics: readonly MetricPlan[], columns: readonly TargetColumn[], minimum: number) {
    this.cells = new RowCells(columns.length);
    const inputs: RowInput[] = [];
    const slots = new Map<string, number>();
    for (const { field } of metrics.flatMap(({ conditions }) => conditions).flatMap(({ reads }) => reads)) {
      const cell = columns.findIndex(({ name }) => name === field);
      if (slots.has(field)) continue;
      slots.set(field, inputs.length);
      inputs.push({ cell, read: readerOf(columns[cell]!.kind)! });
    }
    this.hasConditions = inputs.length > 0;
    this.inputs = new RowInputs(inputs, Math.max(0, ...inputs.map(({ cell }) => cell + 1)));
    const tools = { slotOf: ({ field }: { readonly field: string }) => slots.get(field)! };
    const budget = new StreamBudget();
    this.folds = metrics.map(
      (plan) =>
        new MetricFold(
          plan,
          plan.conditions.map(({ bind }) => bind(tools)),
          minimum,
          new FoldBudget(budget),
        ),
    );
  }

  add(mapped: Batch): void {
    const { cells, inputs, folds, hasConditions } = this;
    for (let row = 0; row < mapped.rowCount; row++) {
      cells.locate(mapped, row);
      if (hasConditions) inputs.locate(mapped, row);
      for (const fold of folds) fold.add(cells, inputs);
    }
    cells.forget();
    inputs.forget();
  }

  /** What the metrics have come to; afterwards nothing is kept of them. */
  finish(): MetricOutcome[] {
    const outcomes = this.folds.map(outcomeOf);
    this.startOver();
    return outcomes;
  }

  /** Forgets what was folded. */
  startOver(): void {
    for (const fold of this.folds) {
      fold.forget();
      fold.fault = undefined;
    }
  }
}
