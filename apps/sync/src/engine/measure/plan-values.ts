import { type CellKind, hasText } from '@millrace/connector-sdk';
import {
  DURATION_SECONDS,
  type Measured,
  type MetricDefinition,
  type MetricValue,
  resultColumns,
} from '../document/metric-definition.js';
import { kindName } from '../mapping/cell/cast-kinds.js';
import type { MetricColumns } from './metric-columns.js';
import type { MetricColumn, ValuePlan } from './metric-plan.js';
import { numberOf, timeBetween } from './number-reading.js';
import { exactNumber, groupValue, nearest, timeShown } from './show-value.js';
import {
  average,
  distinct,
  max,
  type MeasuredNumber,
  min,
  percentile,
  printer,
  type Statistic,
  sum,
} from './statistic.js';

const NUMBERS: readonly CellKind[] = ['int2', 'int4', 'int8', 'numeric', 'float4', 'float8'];
const TIMES: readonly CellKind[] = ['date', 'timestamp', 'timestamptz'];
const UNCOUNTABLE: readonly CellKind[] = ['json', 'jsonb', 'float4', 'float8'];
const MICRO = 1_000_000;

type Statistics = 'sum' | 'average' | 'min' | 'max' | 'percentile';

interface StatisticRule {
  readonly make: (number: MeasuredNumber, value: MetricValue) => Statistic;
  /** Whether it is, or is close to, the value of one record. */
  readonly showsOne: boolean;
  /** Whether it can be of times as well. */
  readonly ofTimes: boolean;
}

const RULES: Record<Statistics, StatisticRule> = {
  sum: { make: sum, showsOne: false, ofTimes: false },
  average: { make: average, showsOne: false, ofTimes: false },
  min: { make: min, showsOne: true, ofTimes: true },
  max: { make: max, showsOne: true, ofTimes: true },
  percentile: {
    make: (number, value) => percentile(number, (value as Extract<MetricValue, { percentile: unknown }>).percentile.at),
    showsOne: true,
    ofTimes: false,
  },
};

/** Plans the values of a metric; those with a fault, which is reported, are missing. */
export function planValues({ values }: MetricDefinition, columns: MetricColumns): ValuePlan[] {
  return values.flatMap((value, index): ValuePlan[] => {
    const shown = { name: value.name, columns: resultColumns(value) };
    if ('count' in value) return [{ ...shown, way: 'records' }];
    if ('ratio' in value) {
      checkRatio(index, value.ratio, values, columns);
      return [{ ...shown, way: 'ratio', ...value.ratio }];
    }
    const statistic =
      'distinct' in value ? planDistinct(index, value.distinct, columns) : planNumber(index, value, columns);
    return statistic ? [{ ...shown, way: 'statistic', statistic }] : [];
  });
}

function planDistinct(index: number, of: string, columns: MetricColumns): Statistic | undefined {
  const column = columns.find(of, ['values', index, 'distinct']);
  if (!column) return undefined;
  if (hasText(column.kind) && !UNCOUNTABLE.includes(column.kind))
    return distinct(column.cell, printer(column.cell, column.kind, shownIfNumeric(column)));
  columns.report(
    ['values', index, 'distinct'],
    `Values of type ${kindName(column.kind)} cannot be told apart. Cast the column, or choose another.`,
  );
  return undefined;
}

function shownIfNumeric({ cell, kind }: MetricColumn) {
  return kind === 'numeric' ? groupValue(cell, kind) : () => null;
}

function planNumber(index: number, value: MetricValue, columns: MetricColumns): Statistic | undefined {
  const [statistic, settings] = Object.entries(value).find(([part]) => part !== 'name') as [
    Statistics,
    Measured | { readonly of: Measured },
  ];
  const rule = RULES[statistic];
  const of = typeof settings === 'object' && 'of' in settings ? settings.of : settings;
  const path = ['values', index, statistic, ...(statistic === 'percentile' ? ['of'] : [])];
  const number = typeof of === 'string' ? ofColumn(of, rule, columns, path) : ofTime(of, rule, columns, path);
  return number && rule.make(number, value);
}

const SHOWS_ONE = 'This would show the value of one person. Use average or sum, or choose another column.';

function ofColumn(
  name: string,
  { showsOne, ofTimes }: StatisticRule,
  columns: MetricColumns,
  path: readonly PropertyKey[],
): MeasuredNumber | undefined {
  const column = columns.find(name, path);
  if (!column) return undefined;
  const { kind, cell } = column;
  const isTime = TIMES.includes(kind);
  if (!NUMBERS.includes(kind) && !(ofTimes && isTime)) {
    columns.report(
      path,
      `This takes ${ofTimes ? 'numbers and times' : 'numbers'}, but the column is ${kindName(kind)}. Cast it, or choose another.`,
    );
    return undefined;
  }
  if (showsOne && columns.opennessOf(column) !== 'open') {
    columns.report(path, SHOWS_ONE);
    return undefined;
  }
  return {
    read: numberOf(cell, kind),
    isFloat: kind === 'float4' || kind === 'float8',
    show: isTime ? ({ units }) => timeShown(kind, units) : exactNumber,
    unit: 1,
  };
}

function ofTime(
  { from, to, unit }: Exclude<Measured, string>,
  { showsOne }: StatisticRule,
  columns: MetricColumns,
  path: readonly PropertyKey[],
): MeasuredNumber | undefined {
  const [start, end] = [columns.find(from, [...path, 'from']), columns.find(to, [...path, 'to'])];
  if (!start || !end) return undefined;
  if (!TIMES.includes(start.kind) || start.kind !== end.kind) {
    columns.report(path, 'A duration lies between two columns of the same type, dates or instants. Cast one of them.');
    return undefined;
  }
  if (showsOne && [start, end].some((column) => columns.opennessOf(column) !== 'open')) {
    columns.report(path, SHOWS_ONE);
    return undefined;
  }
  const microseconds = DURATION_SECONDS[unit] * MICRO;
  return {
    read: timeBetween(numberOf(start.cell, start.kind), numberOf(end.cell, end.kind)),
    isFloat: false,
    show: (exact) => nearest(exact) / microseconds,
    unit: microseconds,
  };
}

/** The least or the latest of some times is no number to divide. */
function checkRatio(
  index: number,
  ratio: { readonly of: string; readonly to: string },
  values: MetricDefinition['values'],
  columns: MetricColumns,
): void {
  for (const part of ['of', 'to'] as const) {
    const operand = values.find(({ name }) => name === ratio[part])!;
    const of = 'min' in operand ? operand.min : 'max' in operand ? operand.max : undefined;
    const column = typeof of === 'string' ? columns.find(of, ['values', index, 'ratio', part]) : undefined;
    if (column && TIMES.includes(column.kind))
      columns.report(['values', index, 'ratio', part], 'A time is no number to divide. Choose another value.');
  }
}
