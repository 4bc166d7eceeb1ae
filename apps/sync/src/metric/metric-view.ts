import type { MetricResult, MetricSummary } from '@millrace/contracts';
import type { Row } from '@millrace/privacy';
import { type MetricDefinition, resultColumns } from '../engine/index.js';
import type { metricResults } from './metric.table.js';

export type ResultRow = Row<typeof metricResults>;

/** How fresh a result is, and what it leaves out. */
export function freshnessOf({ computedAt, runId, suppressedGroups, minimumGroupSize, removedAt }: ResultRow) {
  return {
    computedAt: computedAt.toISOString(),
    runId,
    suppressedGroups,
    minimumGroupSize,
    ...(removedAt ? { removedAt: removedAt.toISOString() } : {}),
  };
}

/** A metric as the list of a pipeline shows it. */
export function summarize(definition: MetricDefinition, row: ResultRow | undefined): MetricSummary {
  const { name, over, by, every, values } = definition;
  return {
    metric: name,
    stream: over,
    groups: [...(every ? [every.column] : []), ...by],
    values: values.flatMap(resultColumns),
    ...(row
      ? { result: { ...freshnessOf(row), rows: row.result.rows.length, ...(row.fault ? { fault: row.fault } : {}) } }
      : {}),
  };
}

export function viewResult(row: ResultRow): MetricResult {
  const { groups, values, rows } = row.result;
  return {
    metric: row.metric,
    ...freshnessOf(row),
    groups,
    values,
    rows: rows.map(({ keys, values: given }) => ({ group: keys, values: given })),
  };
}
