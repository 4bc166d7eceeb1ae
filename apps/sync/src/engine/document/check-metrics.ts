import type { z } from 'zod';
import { comparedFields } from './compared-fields.js';
import { type FieldMapping, isMapped, targetColumn } from './field-mapping.js';
import { type Measured, type MetricDefinition, type MetricValue, resultColumns } from './metric-definition.js';
import { type Reading, readingKind } from './stream-reading.js';

/** What metrics need to know of a stream. */
interface MeasuredStream {
  readonly from: string;
  readonly read: Reading;
  readonly fields: readonly FieldMapping[];
}

type Fault = (path: readonly PropertyKey[], message: string) => void;

/** Finds what is wrong with metrics by the document alone: names that nothing has, streams that cannot be measured. */
export function checkMetrics(
  metrics: readonly MetricDefinition[],
  streams: readonly MeasuredStream[],
  context: z.core.$RefinementCtx,
): void {
  const names = metrics.map(({ name }) => name);
  for (const [index, metric] of metrics.entries()) {
    const fault: Fault = (path, message) =>
      context.addIssue({ code: 'custom', path: ['metrics', index, ...path], message });
    if (names.indexOf(metric.name) !== index) fault(['name'], 'Another metric already has this name.');
    const stream = streams.find(({ from }) => from === metric.over);
    if (!stream) fault(['over'], 'No stream of this document is read from there. Write it as in "from".');
    if (stream && readingKind(stream.read) !== 'full')
      fault(
        ['over'],
        'Only a stream with read: full sees every record of its set, so only such a one can be measured.',
      );
    if (stream) checkColumns(metric, stream, fault);
    checkNames(metric, fault);
  }
}

function checkColumns(metric: MetricDefinition, { fields }: MeasuredStream, fault: Fault): void {
  const known = new Set(fields.filter(isMapped).map(targetColumn));
  for (const { column, path } of columnsOf(metric)) if (!known.has(column)) fault(path, NO_COLUMN);
}

/** What is wrong with a name that is no column. */
export const NO_COLUMN = 'The stream fills no such column. Metrics see columns of the target only.';

interface Named {
  readonly column: string;
  readonly path: readonly PropertyKey[];
}

/** Every column that a metric names, with its place. */
export function columnsOf({ where, by, every, people, values }: MetricDefinition): Named[] {
  const compared = where.flatMap((condition, index) => comparedFields(condition, ['where', index]));
  return [
    ...compared.map(({ field, at }) => ({ column: field, path: at })),
    ...by.map((column, index) => ({ column, path: ['by', index] })),
    ...(every ? [{ column: every.column, path: ['every', 'column'] }] : []),
    ...(people === undefined ? [] : [{ column: people, path: ['people'] }]),
    ...values.flatMap((value, index) =>
      measuredBy(value).flatMap(({ of, path }) => named(of, ['values', index, ...path])),
    ),
  ];
}

/** What a value is about, with its place in the value. */
export function measuredBy(value: MetricValue): { readonly of: Measured; readonly path: readonly PropertyKey[] }[] {
  if ('count' in value || 'ratio' in value) return [];
  if ('percentile' in value) return [{ of: value.percentile.of, path: ['percentile', 'of'] }];
  const [statistic, of] = Object.entries(value).find(([part]) => part !== 'name') as [string, Measured];
  return [{ of, path: [statistic] }];
}

function named(of: Measured, path: readonly PropertyKey[]): Named[] {
  if (typeof of === 'string') return [{ column: of, path }];
  return [
    { column: of.from, path: [...path, 'from'] },
    { column: of.to, path: [...path, 'to'] },
  ];
}

function checkNames({ by, every, values }: MetricDefinition, fault: Fault): void {
  const groups = [...(every ? [every.column] : []), ...by];
  for (const [index, column] of by.entries())
    if (groups.indexOf(column) !== index + (every ? 1 : 0)) fault(['by', index], 'The metric groups by it already.');
  const taken = new Set(groups);
  for (const [index, value] of values.entries()) {
    for (const column of resultColumns(value)) {
      if (taken.has(column))
        fault(['values', index, 'name'], 'The result already has a column of this name. Choose another.');
      taken.add(column);
    }
    if ('ratio' in value)
      checkRatio(value.ratio, values, (part, message) => fault(['values', index, 'ratio', part], message));
  }
}

function checkRatio(
  ratio: { readonly of: string; readonly to: string },
  values: MetricDefinition['values'],
  fault: (part: 'of' | 'to', message: string) => void,
): void {
  for (const part of ['of', 'to'] as const) {
    const operand = values.find(({ name }) => name === ratio[part]);
    if (!operand || 'percentile' in operand || 'ratio' in operand)
      fault(part, 'A ratio is of two other values of this metric, none of them a ratio or a percentile.');
  }
}
