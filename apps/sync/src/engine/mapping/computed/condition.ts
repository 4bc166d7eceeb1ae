import type { CellKind } from '@millrace/connector-sdk';
import type { Comparison, Condition as ConditionDocument } from '../../document/field-value.js';
import type { Literal } from '../../document/literal.js';
import { type CellValue, readerOf } from '../cell/cell-value.js';
import { literalOf } from '../cell/literal-value.js';
import { compareDecimals, parseDecimal } from '../decimal/decimal.js';
import { readFor } from '../step/plan-chain.js';
import { type ComputedValue, type ComputePlace, type ComputeTools, fieldAt, within } from './computed-value.js';
import type { RowInputs } from './row-inputs.js';

/** How deep conditions may lie in one another. */
export const MAX_CONDITION_DEPTH = 10;

/** A condition that fits the source. */
export interface Condition extends Pick<ComputedValue, 'reads' | 'hides'> {
  readonly bind: (tools: Pick<ComputeTools, 'slotOf'>) => (row: RowInputs) => boolean;
}

type Met = (row: RowInputs) => boolean;
type Operator = Exclude<keyof Comparison, 'field'>;

const JOINED: Record<'all' | 'any' | 'none', (conditions: readonly Met[]) => Met> = {
  all: (conditions) => (row) => conditions.every((met) => met(row)),
  any: (conditions) => (row) => conditions.some((met) => met(row)),
  none: (conditions) => (row) => !conditions.some((met) => met(row)),
};

/** Plans a condition; undefined when something does not fit, which is reported. */
export function planCondition(condition: ConditionDocument, place: ComputePlace, depth = 1): Condition | undefined {
  if ('field' in condition) return planComparison(condition, place);
  const [[join, conditions]] = Object.entries(condition) as [['all' | 'any' | 'none', readonly ConditionDocument[]]];
  if (depth > MAX_CONDITION_DEPTH) {
    place.report(place.path, `Conditions may lie at most ${MAX_CONDITION_DEPTH} deep in one another.`);
    return undefined;
  }
  const parts = conditions.map((one, index) => planCondition(one, within(place, join, index), depth + 1));
  if (!parts.every((part) => part !== undefined)) return undefined;
  return {
    reads: parts.flatMap(({ reads }) => reads),
    hides: false,
    bind: (tools) => JOINED[join](parts.map(({ bind }) => bind(tools))),
  };
}

function planComparison(comparison: Comparison, place: ComputePlace): Condition | undefined {
  const field = fieldAt(within(place, 'field'), comparison.field);
  if (!field) return undefined;
  // A kind without values of its own is compared by its text.
  const read = readFor(field, readerOf(field.kind) && field.kind !== 'bytes' ? [] : [{ cast: 'text' }]);
  const [operator] = Object.keys(comparison).filter(
    (name) => name !== 'field' && comparison[name as Operator] !== undefined,
  );
  const test = planTest(comparison, operator as Operator, read.kind, place);
  if (!test) return undefined;
  return {
    reads: [read],
    hides: false,
    bind: (tools) => {
      const slot = tools.slotOf(read);
      return (row) => test(row.value(slot));
    },
  };
}

type Test = (value: CellValue | null) => boolean;

function planTest(comparison: Comparison, operator: Operator, kind: CellKind, place: ComputePlace): Test | undefined {
  if (operator === 'isNull') return comparison.isNull ? (value) => value === null : (value) => value !== null;
  const at = within(place, operator);
  if (kind === 'json' || kind === 'jsonb') {
    at.report(at.path, 'JSON can only be tested for null here. Compare what is inside of it in an expression.');
    return undefined;
  }
  const compare = comparatorOf(kind);
  if (operator === 'in') {
    const values = comparison.in!.map((literal, index) => valueAt(literal, kind, within(at, index)));
    if (!values.every((value) => value !== undefined)) return undefined;
    return (value) => value !== null && values.some((one) => compare(value, one) === 0);
  }
  const wanted = valueAt(comparison[operator]!, kind, at);
  if (wanted === undefined) return undefined;
  if (kind === 'boolean' && operator !== 'equals' && operator !== 'not') {
    at.report(at.path, 'Truth values have no order. Use "equals" or "not".');
    return undefined;
  }
  if (operator === 'not') return (value) => value === null || compare(value, wanted) !== 0;
  const holds = ORDER[operator];
  return (value) => value !== null && holds(compare(value, wanted));
}

const ORDER: Record<Exclude<Operator, 'in' | 'not' | 'isNull'>, (order: number) => boolean> = {
  equals: (order) => order === 0,
  below: (order) => order < 0,
  atMost: (order) => order <= 0,
  above: (order) => order > 0,
  atLeast: (order) => order >= 0,
};

function valueAt(literal: Literal, kind: CellKind, { report, path }: ComputePlace): CellValue | undefined {
  const { value, fault } = literalOf(literal, kind);
  if (fault !== undefined) report(path, fault);
  return value;
}

type Comparator = (left: CellValue, right: CellValue) => number;

/** Texts are compared code unit by code unit. NaN equals itself and is above every number, as in PostgreSQL. */
function comparatorOf(kind: CellKind): Comparator {
  if (kind === 'numeric') return (left, right) => compareNumerics(left as string, right as string);
  if (kind === 'float4' || kind === 'float8') return (left, right) => compareFloats(left as number, right as number);
  return (left, right) => (left === right ? 0 : left < right ? -1 : 1);
}

function compareNumerics(left: string, right: string): number {
  const [one, other] = [parseDecimal(left), parseDecimal(right)];
  if (one && other) return compareDecimals(one, other);
  return compareFloats(Number(left), Number(right));
}

function compareFloats(left: number, right: number): number {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
  return left < right ? -1 : left > right ? 1 : 0;
}
