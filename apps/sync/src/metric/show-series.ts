import { type MetricSeries, syncProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { StoredResult } from './metric.table.js';

/** Most values of a chart, all of its lines together. */
const MAX_POINTS = 50_000;
/** Between the names of groups, and before the name of a value. */
const SEPARATOR = ' · ';
const NOTHING = '—';

/**
 * A result as a chart takes it. The first column that names groups, which is the period if there is one, stands on the
 * axis; the others make lines, one for each value. Without groups the values stand on the axis themselves.
 * @throws Problem `sync.no-series` when the chart would have too many points
 */
export function seriesOf({ groups, values, rows }: StoredResult): Pick<MetricSeries, 'labels' | 'series'> {
  if (groups.length === 0)
    return { labels: [...values], series: rows.map((row) => ({ name: '', values: row.values })) };
  const labels = new Map(rows.map(({ keys }) => [keys[0], 0]));
  for (const [place, label] of [...labels.keys()].entries()) labels.set(label, place);
  const lines = new Map<string, (string | number | boolean | null)[]>();
  for (const { keys, values: given } of rows) {
    const group = keys.slice(1).map((key) => (key === null ? NOTHING : String(key)));
    for (const [place, value] of values.entries()) {
      const name = [...group, ...(values.length > 1 || group.length === 0 ? [value] : [])].join(SEPARATOR);
      if (!lines.has(name) && (lines.size + 1) * labels.size > MAX_POINTS) throw new Problem(syncProblems.noSeries);
      const line = lines.get(name) ?? Array.from({ length: labels.size }, () => null);
      line[labels.get(keys[0])!] = given[place] ?? null;
      lines.set(name, line);
    }
  }
  const series = [...lines].map(([name, points]) => ({ name, values: points }));
  return { labels: [...labels.keys()].map((label) => label ?? null), series };
}
