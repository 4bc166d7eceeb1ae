import { castBetween, type CellKind, type FieldSchema, type ProjectedField } from '@millrace/connector-sdk';
import type { FieldStep } from '../../document/field-step.js';
import { type CellReader, readerOf } from '../cell/cell-value.js';
import type { MappingRule } from '../cell/mapping-rule.js';
import { Refusal } from '../cell/mapping-rule.js';
import { type CellWriter, writerOf } from '../cell/write-cell.js';
import type { Slab } from '@millrace/connector-sdk';
import type { CellValue, Outcome } from '../cell/cell-value.js';
import type { Report } from '../fault-report.js';
import type { StepPlan, StepTools } from './step-plan.js';
import { castStep } from './value-steps.js';
import { needsText, partsOf, planStep } from './step-table.js';

/** A field as it is read, and the kind in which its cells come. */
export interface FieldRead extends ProjectedField {
  readonly kind: CellKind;
}

/** What is known of a value on its way through the steps. */
export interface ValueType {
  readonly kind: CellKind;
  readonly nullable: boolean;
}

/** Steps that fit one another. */
export interface Chain extends ValueType {
  readonly from: CellKind;
  readonly steps: readonly StepPlan[];
  /** Whether records cannot be told apart by the result, because a step hides something on purpose. */
  readonly hides: boolean;
}

/** How a field is read for the steps that follow: steps on text get the system's own text of the value. */
export function readFor(field: FieldSchema, steps: readonly FieldStep[]): FieldRead {
  const [first] = steps;
  const wantsText = first !== undefined && (needsText(first) || isCastToText(first));
  const as = wantsText && field.kind !== 'text' ? 'text' : 'as-is';
  return { field: field.name, as, kind: as === 'text' ? 'text' : field.kind };
}

function isCastToText(step: FieldStep): boolean {
  const { name, settings } = partsOf(step);
  return name === 'cast' && settings === 'text';
}

/** Tracks the type through the steps; undefined when one of them does not fit, which is reported below `path`. */
export function planChain(
  from: ValueType,
  steps: readonly FieldStep[],
  path: readonly PropertyKey[],
  report: Report,
): Chain | undefined {
  let chain: Chain = { ...from, from: from.kind, steps: [], hides: false };
  for (const [index, step] of steps.entries()) {
    const planned = planStep(step, chain.kind);
    if ('fault' in planned) {
      report([...path, index, ...(planned.path ?? [])], planned.fault);
      return undefined;
    }
    chain = extended(chain, planned);
  }
  return chain;
}

/** The chain with a cast at its end; undefined when there is no such cast. */
export function withCast(chain: Chain, to: CellKind): Chain | undefined {
  if (chain.kind === to) return chain;
  // Without values of their own, such cells pass no cast either.
  if (!readerOf(chain.kind) || !readerOf(to) || (to !== 'text' && !castBetween(chain.kind, to))) return undefined;
  const step = castStep(chain.kind, to);
  return 'fault' in step ? undefined : extended(chain, step);
}

function extended(chain: Chain, step: StepPlan): Chain {
  return {
    ...chain,
    steps: [...chain.steps, step],
    kind: step.kind,
    nullable: (chain.nullable && step.whenNull === undefined) || step.mayGiveNull === true,
    hides: chain.hides || step.hides === true,
  };
}

/** Takes a value through the steps of a chain. */
export type ValueMap = (value: CellValue | null) => Outcome;

export function bindChain({ steps }: Chain, tools: StepTools): ValueMap {
  const bound = steps.map(({ bind, whenNull = null }) => ({ run: bind(tools), whenNull }));
  return (given) => {
    let value = given;
    for (const { run, whenNull } of bound) {
      if (value === null) {
        value = whenNull;
        continue;
      }
      const outcome = run(value);
      if (outcome instanceof Refusal) return outcome;
      value = outcome;
    }
    return value;
  };
}

/** Converts a cell; `length` is -1 for null. Appends one cell, or gives a rule and leaves `out` as it was. */
export type CellConversion = (source: Buffer, start: number, length: number, out: Slab) => MappingRule | undefined;

/** A chain from cell to cell. */
export function chainConversion(chain: Chain, tools: StepTools): CellConversion {
  const read: CellReader = readerOf(chain.from)!;
  const map = bindChain(chain, tools);
  const write: CellWriter = writerOf(chain.kind);
  return (source, start, length, out) =>
    appendOutcome(map(length < 0 ? null : read(source, start, length)), write, out);
}

export function appendOutcome(outcome: Outcome, write: CellWriter, out: Slab): MappingRule | undefined {
  if (outcome instanceof Refusal) return outcome.rule;
  if (outcome !== null) return write(outcome, out);
  out.writeNull();
  return undefined;
}
