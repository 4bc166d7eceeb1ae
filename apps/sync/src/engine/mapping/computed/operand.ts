import type { CellKind } from '@millrace/connector-sdk';
import type { Operand } from '../../document/field-value.js';
import { kindName } from '../cell/cast-kinds.js';
import { readerOf } from '../cell/cell-value.js';
import { kindOfLiteral, literalOf } from '../cell/literal-value.js';
import { bindChain, planChain, readFor, withCast } from '../step/plan-chain.js';
import { type ComputedValue, type ComputePlace, fieldAt, within } from './computed-value.js';

/** Plans a literal or a field. `wanted` is the kind that the others have; without it the operand's own counts. */
export function planOperand(
  operand: Operand,
  wanted: CellKind | undefined,
  place: ComputePlace,
): ComputedValue | undefined {
  if (typeof operand !== 'object') {
    const { value, fault } = literalOf(operand, wanted ?? kindOfLiteral(operand));
    if (fault !== undefined) return refuse(place, fault);
    return {
      kind: wanted ?? kindOfLiteral(operand),
      nullable: false,
      reads: [],
      hides: false,
      bind: () => () => value,
    };
  }
  const field = fieldAt(within(place, 'field'), operand.field);
  if (!field) return undefined;
  const { steps = [] } = operand;
  // The system writes its values best: where only a text is of use, it is asked for one.
  const text = wanted === 'text' && steps.length === 0;
  const read = readFor(field, text ? [{ cast: 'text' }] : steps);
  if (!readerOf(read.kind))
    return refuse(
      within(place, 'field'),
      `A value of type ${field.sourceType} cannot be used here. Add "steps: [cast: text]".`,
    );
  const type = { kind: read.kind, nullable: field.nullable };
  const chain = planChain(type, steps, [...place.path, 'steps'], place.report);
  if (!chain) return undefined;
  const fitting = wanted === undefined || chain.kind === wanted ? chain : widened(chain, wanted);
  if (!fitting)
    return refuse(
      place,
      `This is ${kindName(chain.kind)}, but ${kindName(wanted!)} is needed. Add a cast to its steps.`,
    );
  const { kind, nullable, hides } = fitting;
  const bind: ComputedValue['bind'] = (tools) => {
    const [slot, map] = [tools.slotOf(read), bindChain(fitting, tools)];
    return fitting.steps.length === 0 ? (row) => row.value(slot) : (row) => map(row.value(slot));
  };
  return { kind, nullable, hides, reads: [read], bind };
}

/** Whole numbers of any width meet in the widest. */
function widened(chain: NonNullable<ReturnType<typeof planChain>>, wanted: CellKind) {
  const whole = chain.kind === 'int2' || chain.kind === 'int4';
  return whole && (wanted === 'int8' || (wanted === 'int4' && chain.kind === 'int2'))
    ? withCast(chain, wanted)
    : undefined;
}

function refuse({ report, path }: ComputePlace, message: string): undefined {
  report(path, message);
  return undefined;
}

/** Plans operands that must all have the kind of the first one that is a field, or of the first literal. */
export function planAlike(
  operands: readonly { readonly operand: Operand; readonly place: ComputePlace }[],
): ComputedValue[] | undefined {
  const lead = operands.find(({ operand }) => typeof operand === 'object') ?? operands[0];
  if (!lead) return [];
  const first = planOperand(lead.operand, undefined, lead.place);
  if (!first) return undefined;
  const planned = operands.map((one) => (one === lead ? first : planOperand(one.operand, first.kind, one.place)));
  return planned.every((one) => one !== undefined) ? planned : undefined;
}
