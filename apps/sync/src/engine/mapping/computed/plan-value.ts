import type { FieldValue, Operand } from '../../document/field-value.js';
import { Refusal } from '../cell/mapping-rule.js';
import { MAX_RESULT_LENGTH } from '../step/text-steps.js';
import { type Condition, planCondition } from './condition.js';
import { type ComputedValue, type ComputePlace, within } from './computed-value.js';
import { planExpression } from '../expression/plan-expression.js';
import { planAlike, planOperand } from './operand.js';

/** Plans what a computed column is made of; undefined when something does not fit, which is reported. */
export function planValue(value: FieldValue, place: ComputePlace): ComputedValue | undefined {
  if ('constant' in value) return planConstant(value.constant, within(place, 'constant'));
  if ('concat' in value) return planConcat(value.concat, within(place, 'concat'));
  if ('coalesce' in value) return planCoalesce(value.coalesce, within(place, 'coalesce'));
  if ('when' in value) return planWhen(value.when, within(place, 'when'));
  return planExpression(value.expression, within(place, 'expression'));
}

type Constant = Extract<FieldValue, { constant: unknown }>['constant'];
type When = Extract<FieldValue, { when: unknown }>['when'];

const NULL_TEXT: ComputedValue = { kind: 'text', nullable: true, reads: [], hides: false, bind: () => () => null };

function planConstant(constant: Constant, place: ComputePlace): ComputedValue | undefined {
  return constant === null ? NULL_TEXT : planOperand(constant, undefined, place);
}

function planConcat(operands: readonly Operand[], place: ComputePlace): ComputedValue | undefined {
  const parts = operands.map((operand, index) => planOperand(operand, 'text', within(place, index)));
  if (!parts.every((part) => part !== undefined)) return undefined;
  return {
    ...joint(parts),
    kind: 'text',
    nullable: parts.some(({ nullable }) => nullable),
    bind: (tools) => {
      const bound = parts.map(({ bind }) => bind(tools));
      return (row) => {
        let text = '';
        for (const part of bound) {
          const outcome = part(row);
          if (outcome === null || outcome instanceof Refusal) return outcome;
          text += outcome as string;
        }
        return text.length > MAX_RESULT_LENGTH ? Refusal.of('too-long') : text;
      };
    },
  };
}

function planCoalesce(operands: readonly Operand[], place: ComputePlace): ComputedValue | undefined {
  const parts = planAlike(operands.map((operand, index) => ({ operand, place: within(place, index) })));
  if (!parts) return undefined;
  return {
    ...joint(parts),
    kind: parts[0]!.kind,
    nullable: parts.every(({ nullable }) => nullable),
    bind: (tools) => {
      const bound = parts.map(({ bind }) => bind(tools));
      return (row) => {
        for (const part of bound) {
          const outcome = part(row);
          if (outcome !== null) return outcome;
        }
        return null;
      };
    },
  };
}

function planWhen({ cases, otherwise }: When, place: ComputePlace): ComputedValue | undefined {
  const results = [
    ...cases.map(({ then }, index) => ({ operand: then, place: within(place, 'cases', index, 'then') })),
    { operand: otherwise, place: within(place, 'otherwise') },
  ];
  const given = results.flatMap(({ operand, place: at }) => (operand === null ? [] : [{ operand, place: at }]));
  const planned = planAlike(given);
  const conditions = cases.map(({ if: condition }, index) =>
    planCondition(condition, within(place, 'cases', index, 'if')),
  );
  if (!planned || !conditions.every((condition) => condition !== undefined)) return undefined;
  const values = results.map(({ operand }) => (operand === null ? NULL_TEXT : planned.shift()!));
  const known = values.find((value) => value !== NULL_TEXT);
  return {
    ...joint([...values, ...conditions]),
    kind: known?.kind ?? 'text',
    nullable: values.some(({ nullable }) => nullable),
    bind: (tools) => {
      const branches = conditions.map((condition: Condition, index) => ({
        met: condition.bind(tools),
        value: values[index]!.bind(tools),
      }));
      const last = values.at(-1)!.bind(tools);
      return (row) => {
        for (const { met, value } of branches) if (met(row)) return value(row);
        return last(row);
      };
    },
  };
}

function joint(parts: readonly Pick<ComputedValue, 'reads' | 'hides'>[]): Pick<ComputedValue, 'reads' | 'hides'> {
  return { reads: parts.flatMap(({ reads }) => reads), hides: parts.some(({ hides }) => hides) };
}
