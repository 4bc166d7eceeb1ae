import { castBetween, type CellKind, cellText, hasText, type Slab } from '@millrace/connector-sdk';
import { CAST_KINDS, kindName } from '../cell/cast-kinds.js';
import { type Outcome, readerOf } from '../cell/cell-value.js';
import { Refusal } from '../cell/mapping-rule.js';
import { literalOf } from '../cell/literal-value.js';
import { type CellWriter, writerOf } from '../cell/write-cell.js';
import type { StepSettings } from '../../document/field-step.js';
import { type StepDefinition, type StepFault, type StepPlan, TEXT, type ValueStep } from './step-plan.js';

/** The one step that takes null. */
export const defaultValue: StepDefinition<StepSettings['default']> = {
  plan: (literal, kind) => {
    const { value, fault } = literalOf(literal, kind);
    return fault === undefined ? { kind, whenNull: value, bind: () => (kept) => kept } : { fault };
  },
};

export const cast: StepDefinition<StepSettings['cast']> = {
  plan: (type, kind) => castStep(kind, CAST_KINDS[type]),
};

/** A conversion between kinds by the rules of a column's own cast. */
export function castStep(from: CellKind, to: CellKind): StepPlan | StepFault {
  if (from === to) return { kind: to, bind: () => (value) => value };
  const write = writerOf(from);
  if (to === 'text' && hasText(from))
    return {
      kind: to,
      bind: ({ scratch }) => through(write, scratch, (bytes, end) => cellText(from, bytes, 4, end - 4)),
    };
  const [convert, read] = [castBetween(from, to), readerOf(to)!];
  if (!convert) return { fault: `A value of type ${kindName(from)} cannot be cast to this. Cast it to text first.` };
  return {
    kind: to,
    bind: ({ scratch, spare }) =>
      through(write, scratch, (bytes, end) => {
        spare.clear();
        const rule = convert(bytes, 4, end - 4, spare);
        return rule ? Refusal.of(rule) : read(spare.bytes, 4, spare.end - 4);
      }),
  };
}

/** Gives `use` the value as the only cell of a slab. */
function through(write: CellWriter, scratch: Slab, use: (bytes: Buffer, end: number) => Outcome): ValueStep {
  return (value) => {
    scratch.clear();
    const rule = write(value, scratch);
    return rule ? Refusal.of(rule) : use(scratch.bytes, scratch.end);
  };
}

/** Replaces texts by what a table says. */
export const lookup: StepDefinition<StepSettings['lookup']> = {
  takes: TEXT,
  plan: ({ map, otherwise }) => {
    const table = new Map(Object.entries(map).map(([key, value]) => [key, value === null ? null : String(value)]));
    const mayGiveNull = otherwise === null || [...table.values()].includes(null);
    const missing = otherwiseOf(otherwise);
    const bind = () => (value: unknown) => {
      const found = table.get(value as string);
      return found === undefined ? missing(value as string) : found;
    };
    return { kind: 'text', mayGiveNull, bind };
  },
};

function otherwiseOf(otherwise: StepSettings['lookup']['otherwise']): (text: string) => string | null | Refusal {
  if (otherwise === null) return () => null;
  if (otherwise === 'keep') return (text) => text;
  if (otherwise === 'reject') return () => Refusal.of('not-in-map');
  const value = String(otherwise.value);
  return () => value;
}
