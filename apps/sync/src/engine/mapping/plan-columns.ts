import { type Evolution, findField, type ProjectedField, type StreamSchema } from '@millrace/connector-sdk';
import { isComputed, isMapped, targetColumn } from '../document/field-mapping.js';
import type { StreamMapping } from '../document/pipeline-document.js';
import { type ColumnPlan, resolveComputed, resolveField } from './resolve-column.js';
import type { Report } from './fault-report.js';
import type { FieldRead } from './step/plan-chain.js';

/** Resolves every field of the document. Columns with a fault are reported and missing. */
export function planColumns(
  mapping: StreamMapping,
  from: StreamSchema,
  to: StreamSchema | undefined,
  { add, widen: mayWiden }: Evolution,
  report: Report,
): ColumnPlan[] {
  const plans: ColumnPlan[] = [];
  const taken = new Set<string>();
  for (const [position, field] of mapping.fields.entries()) {
    const at: Report = (path, message) => report(['fields', position, ...path], message);
    const source = isComputed(field) ? undefined : findField(from, field.from);
    if (!isComputed(field) && !source)
      at(['from'], 'The stream has no such field. Discover the schema again or correct the name.');
    if (!isMapped(field)) continue;
    const name = targetColumn(field);
    if (taken.has(name)) at(['to'], 'Two fields go to the same target column. Name another one.');
    taken.add(name);
    const existing = to && findField(to, name);
    if (to && !existing && !add)
      at(['to'], 'The target table exists and has no such column. Add it there or name another one.');
    if (isComputed(field)) plans.push(...some(resolveComputed(field, from, { existing, mayWiden }, at)));
    else if (source) plans.push(...some(resolveField(field, source, { existing, mayWiden }, at)));
  }
  if (taken.size === 0) report(['fields'], 'Every field is dropped. Select at least the key.');
  return plans;
}

function some<Value>(value: Value | undefined): Value[] {
  return value === undefined ? [] : [value];
}

/** In the order of the batches: cells that are copied first, so that they form one run of bytes, and computed ones last. */
export function inBatchOrder(columns: readonly ColumnPlan[]): ColumnPlan[] {
  const rank = ({ origin }: ColumnPlan) => (origin.way === 'copy' ? 0 : origin.way === 'computed' ? 2 : 1);
  return [...columns].sort((left, right) => rank(left) - rank(right));
}

/** The fields that a column uses. */
export function readsOf({ origin }: ColumnPlan): readonly FieldRead[] {
  return origin.way === 'computed' ? origin.value.reads : [origin.read];
}

/** One cell per column that has one of its own, then the fields that only computed columns use. */
export function projectionOf(columns: readonly ColumnPlan[]): ProjectedField[] {
  const own = columns.filter(({ origin }) => origin.way !== 'computed').flatMap(readsOf);
  const projection: ProjectedField[] = own.map(({ field, as }) => ({ field, as }));
  for (const read of columns.filter(({ origin }) => origin.way === 'computed').flatMap(readsOf)) {
    if (cellOf(projection, read) < 0) projection.push({ field: read.field, as: read.as });
  }
  return projection;
}

/** Where a row has the field in that form; -1 when it has not. */
export function cellOf(projection: readonly ProjectedField[], { field, as }: ProjectedField): number {
  return projection.findIndex((one) => one.field === field && one.as === as);
}
