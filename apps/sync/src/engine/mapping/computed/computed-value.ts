import { findField, type StreamSchema } from '@millrace/connector-sdk';
import type { Outcome } from '../cell/cell-value.js';
import type { Report } from '../fault-report.js';
import type { FieldRead, ValueType } from '../step/plan-chain.js';
import type { StepTools } from '../step/step-plan.js';
import type { RowInputs } from './row-inputs.js';

/** Computes a value from the cells of a row. */
export type RowValue = (row: RowInputs) => Outcome;

/** What a computed value is bound with, once per run. */
export interface ComputeTools extends StepTools {
  /** The number under which `RowInputs` knows a field that was read as planned. */
  readonly slotOf: (read: FieldRead) => number;
}

/** A computed value that fits the source. */
export interface ComputedValue extends ValueType {
  readonly reads: readonly FieldRead[];
  readonly hides: boolean;
  readonly bind: (tools: ComputeTools) => RowValue;
}

/** What is needed to plan a computed value. */
export interface ComputePlace {
  readonly source: StreamSchema;
  readonly path: readonly PropertyKey[];
  readonly report: Report;
}

/** The place further into the document. */
export function within(place: ComputePlace, ...path: readonly PropertyKey[]): ComputePlace {
  return { ...place, path: [...place.path, ...path] };
}

/** The field of that name, or a fault at the place. */
export function fieldAt({ source, path, report }: ComputePlace, name: string) {
  const field = findField(source, name);
  if (!field) report(path, 'The stream has no such field. Discover the schema again or correct the name.');
  return field;
}
