import type { CellKind } from '@millrace/connector-sdk';
import type { FieldStep, StepSettings } from '../../document/field-step.js';
import { kindName } from '../cell/cast-kinds.js';
import { readerOf } from '../cell/cell-value.js';
import { formatDate, parseDate } from './date-steps.js';
import { jsonPath } from './json-step.js';
import { formatNumber, parseNumber } from './number-steps.js';
import { detokenize, generalise, hash, mask, redact, tokenize } from './privacy-steps.js';
import type { StepDefinition, StepFault, StepPlan } from './step-plan.js';
import { changeCase, replace, split, substring, trim } from './text-steps.js';
import { cast, defaultValue, lookup } from './value-steps.js';

type Plain = Exclude<FieldStep, object>;
type Definitions = { readonly [Name in keyof StepSettings | Plain]: StepDefinition<never> };

/** Every step that a document may name. A step that is not here does not compile. */
const STEPS: Definitions = {
  trim,
  case: changeCase,
  replace,
  split,
  substring,
  default: defaultValue,
  cast,
  parseDate,
  formatDate,
  parseNumber,
  formatNumber,
  lookup,
  jsonPath,
  mask,
  hash,
  tokenize,
  detokenize,
  generalise,
  redact,
};

/** A step's name with its settings; `true` for a bare name. */
export function partsOf(step: FieldStep): { readonly name: keyof Definitions; readonly settings: unknown } {
  if (typeof step === 'string') return { name: step, settings: true };
  const [name, settings] = Object.entries(step).find(([, value]) => value !== undefined)!;
  return { name: name as keyof Definitions, settings };
}

/** Whether the step takes text and nothing else, so that the system is asked for a field's text. */
export function needsText(step: FieldStep): boolean {
  const { name, settings } = partsOf(step);
  const takes = STEPS[name].takes;
  return (takes?.length === 1 && takes[0] === 'text') || (name === 'generalise' && settings === 'network');
}

/** Plans one step for the kind that it meets. */
export function planStep(step: FieldStep, kind: CellKind): StepPlan | StepFault {
  const { name, settings } = partsOf(step);
  const { takes, hint = 'Put "cast: text" before it.', plan } = STEPS[name] as StepDefinition<unknown>;
  if (!readerOf(kind)) return { fault: `No step takes values of type ${kind}. Put "cast: text" first.` };
  if (takes && !takes.includes(kind))
    return {
      fault: `The step "${name}" takes ${takes.map(kindName).join(', ')}, but here the value is ${kindName(kind)}. ${hint}`,
    };
  const planned = plan(settings, kind);
  return 'fault' in planned
    ? { fault: planned.fault, path: typeof step === 'string' ? [] : [name, ...(planned.path ?? [])] }
    : planned;
}
