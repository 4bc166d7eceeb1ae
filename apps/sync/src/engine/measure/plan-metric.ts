import { hasText } from '@millrace/connector-sdk';
import { comparedFields } from '../document/compared-fields.js';
import type { Condition as ConditionDocument } from '../document/field-value.js';
import type { MetricDefinition } from '../document/metric-definition.js';
import { kindName } from '../mapping/cell/cast-kinds.js';
import { readerOf } from '../mapping/cell/cell-value.js';
import { type Condition, planCondition } from '../mapping/computed/condition.js';
import { zoneClock } from '../mapping/date/zone-clock.js';
import type { Report } from '../mapping/fault-report.js';
import type { StreamPlan } from '../mapping/plan-stream.js';
import { MetricColumns, TELLS } from './metric-columns.js';
import type { MetricColumn, MetricPlan } from './metric-plan.js';
import { planValues } from './plan-values.js';
import { GROUPING_KINDS } from './show-value.js';

/** Resolves a metric against the columns of its stream; undefined when something does not fit, which is reported. */
export function planMetric(
  metric: MetricDefinition,
  { mapping, source, columns }: StreamPlan,
  report: Report,
): MetricPlan | undefined {
  let hasFault = false;
  const seen = new MetricColumns(columns, mapping, source, (path, message) => {
    hasFault = true;
    report(path, message);
  });
  const conditions = metric.where.map((one, index) => planWhere(one, seen, ['where', index]));
  const groups = metric.by.map((name, index) => planGroup(name, seen, ['by', index]));
  const bucket = metric.every && planBucket(metric.every, seen);
  const people = metric.people === undefined ? undefined : planPeople(metric.people, seen);
  const values = planValues(metric, seen);
  if (hasFault) return undefined;
  return {
    name: metric.name,
    conditions: conditions as Condition[],
    groups: groups as MetricColumn[],
    ...(bucket ? { bucket } : {}),
    ...(people ? { people } : {}),
    values,
  };
}

/** Whoever may choose by a column can find out what it says of a person; so conditions see open columns only. */
function planWhere(
  condition: ConditionDocument,
  columns: MetricColumns,
  path: readonly PropertyKey[],
): Condition | undefined {
  const usable = comparedFields(condition, path).map(({ field, at }) => {
    const column = columns.open(field, at);
    if (!column) return false;
    const isComparable = readerOf(column.kind) !== undefined && column.kind !== 'bytes';
    if (!isComparable) columns.report(at, `A column of type ${kindName(column.kind)} cannot be compared.`);
    return isComparable;
  });
  if (usable.includes(false)) return undefined;
  return planCondition(condition, { source: columns.schema, path, report: columns.report });
}

function planGroup(name: string, columns: MetricColumns, path: readonly PropertyKey[]): MetricColumn | undefined {
  const column = columns.open(name, path);
  if (!column || GROUPING_KINDS.includes(column.kind)) return column;
  columns.report(
    path,
    `Records cannot be grouped by a column of type ${kindName(column.kind)}. Cast it, or choose another.`,
  );
  return undefined;
}

function planBucket(
  { column: name, unit, timeZone }: NonNullable<MetricDefinition['every']>,
  columns: MetricColumns,
): MetricPlan['bucket'] {
  const column = columns.find(name, ['every', 'column']);
  if (!column) return undefined;
  const fault = (part: string, message: string) => columns.report(['every', part], message);
  const { kind, cell } = column;
  if (kind !== 'date' && kind !== 'timestamp' && kind !== 'timestamptz') {
    fault('column', 'Periods are made of dates and instants. Choose such a column, or cast this one.');
    return undefined;
  }
  const tells = columns.opennessOf(column);
  if (tells !== 'open' && (unit === 'hour' || unit === 'day' || unit === 'week'))
    fault('unit', `${TELLS[tells]} Use month, quarter or year.`);
  if (kind === 'date' && unit === 'hour') fault('unit', 'A date has no hours. Use day or longer.');
  if (kind !== 'timestamptz' && timeZone !== undefined)
    fault('timeZone', 'This column belongs to no zone. Leave it out, or cast the column to timestamptz.');
  const clock = kind === 'timestamptz' ? zoneClock(timeZone ?? 'UTC') : undefined;
  if (kind === 'timestamptz' && !clock)
    fault(
      'timeZone',
      'There is no such time zone. Use UTC, an offset such as +02:00, or a name such as Europe/Berlin.',
    );
  return { name, cell, kind, unit, ...(clock ? { clock } : {}) };
}

/** Nobody is shown by it, so it may be personal; but different people must have different values. */
function planPeople(name: string, columns: MetricColumns): MetricColumn | undefined {
  const column = columns.find(name, ['people']);
  if (!column) return undefined;
  const { hides, hashed } = columns.plan(column);
  if (hides && !hashed)
    columns.report(
      ['people'],
      'Something in this column is hidden, so it does not tell people apart. Hash or tokenize it instead.',
    );
  if (!hasText(column.kind) || column.kind === 'json' || column.kind === 'jsonb')
    columns.report(['people'], `A column of type ${kindName(column.kind)} does not tell people apart. Choose another.`);
  return column;
}
