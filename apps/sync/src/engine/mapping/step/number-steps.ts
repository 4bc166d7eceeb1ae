import type { CellKind } from '@millrace/connector-sdk';
import type { StepSettings } from '../../document/field-step.js';
import type { CellValue } from '../cell/cell-value.js';
import { Refusal } from '../cell/mapping-rule.js';
import { type Decimal, decimalText, floorTo, parseDecimal, rescale } from '../decimal/decimal.js';
import type { StepDefinition, StepFault, StepPlan } from './step-plan.js';
import { TEXT } from './step-plan.js';

const INTEGERS: readonly CellKind[] = ['int2', 'int4', 'int8'];
export const EXACT_NUMBERS: readonly CellKind[] = [...INTEGERS, 'numeric'];
const GROUP = /\B(?=(?:\d{3})+$)/g;
/** Blanks that do not break a line; who writes numbers with blanks often means them. */
const BLANKS = ' \u00a0\u202f';

/** The number behind a value of an exact kind; undefined for NaN and infinities. */
export function decimalOf(value: CellValue): Decimal | undefined {
  return typeof value === 'bigint' ? { units: value, scale: 0 } : parseDecimal(value as string);
}

export const formatNumber: StepDefinition<StepSettings['formatNumber']> = {
  takes: EXACT_NUMBERS,
  hint: 'Put "cast: numeric" or "parseNumber" before it.',
  plan: ({ decimals, decimalSeparator = '.', groupSeparator = '' }) => {
    if (decimalSeparator === groupSeparator) return SAME_SIGN;
    return {
      kind: 'text',
      bind: () => (value) => {
        const number = decimalOf(value);
        if (!number) return Refusal.of('not-finite');
        const [whole = '', fraction] = decimalText(rescale(number, decimals)).split('.');
        const sign = whole.startsWith('-') ? '-' : '';
        const digits = whole.slice(sign.length);
        const grouped = groupSeparator ? digits.replace(GROUP, () => groupSeparator) : digits;
        return sign + grouped + (fraction === undefined ? '' : decimalSeparator + fraction);
      },
    };
  },
};

const SAME_SIGN: StepFault = {
  path: ['groupSeparator'],
  fault: 'The same sign cannot separate both decimals and groups.',
};

/** Groups of three where there are any; a number without them is read too. */
export const parseNumber: StepDefinition<StepSettings['parseNumber']> = {
  takes: TEXT,
  plan: ({ decimalSeparator = '.', groupSeparator = '' }) => {
    if (decimalSeparator === groupSeparator) return SAME_SIGN;
    const group = groupSeparator === ' ' ? `[${BLANKS}]` : escaped(groupSeparator);
    const whole = groupSeparator ? String.raw`(?:\d{1,3}(?:${group}\d{3})+|\d*)` : String.raw`\d*`;
    const number = new RegExp(String.raw`^([+-]?)(${whole})(?:${escaped(decimalSeparator)}(\d*))?$`);
    return {
      kind: 'numeric',
      bind: () => (value) => {
        const match = number.exec((value as string).trim());
        const digits = match?.[2]?.replaceAll(/\D/g, '');
        if (!match || (!digits && !match[3])) return Refusal.of('not-a-number');
        const fraction = match[3] ? `.${match[3]}` : '';
        return `${match[1] === '-' ? '-' : ''}${digits || '0'}${fraction}`;
      },
    };
  },
};

function escaped(sign: string): string {
  return sign.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}

/** The lower end of the bucket in which a number lies. */
export function bucketStep(size: string | number, kind: CellKind): StepPlan | StepFault {
  const step = parseDecimal(String(size));
  const path = ['bucket'];
  if (!step || step.units <= 0n)
    return { path, fault: 'The size must be a positive number in plain digits. Put it into quotes.' };
  if (!EXACT_NUMBERS.includes(kind))
    return { fault: 'A bucket is for whole numbers and numeric. Put "cast: numeric" before it.' };
  const whole = INTEGERS.includes(kind);
  if (whole && rescale(rescale(step, 0), step.scale).units !== step.units)
    return { path, fault: 'The size for whole numbers must be a whole number.' };
  return {
    kind,
    hides: true,
    bind: () => (value) => {
      const number = decimalOf(value);
      if (!number) return Refusal.of('not-finite');
      const floor = floorTo(number, step);
      return whole ? rescale(floor, 0).units : decimalText(floor);
    },
  };
}
