import { z } from 'zod';
import { f } from '../field.js';

/** Most groups of one result. */
const MAX_GROUPS = 10_000;
/** Columns that name a group: a period and what it is grouped by. */
const MAX_KEYS = 6;
/** Columns of values: percentiles give several each. */
const MAX_VALUES = 200;

/** Why a metric has no result although it was measured: its groups or its result are more than is kept. */
export const metricFaults = ['too-many-groups', 'too-large'] as const;

/** What a metric has come to, as a worker tells it: groups of enough people, and nothing of the others but their number. */
export const MetricReport = z.strictObject({
  metric: f.label(),
  /** Digest of the definition and of the mapping that it was measured by. */
  digest: f.digest(),
  fault: f.oneOf(...metricFaults).optional(),
  groups: z.array(f.label()).max(MAX_KEYS),
  values: z.array(f.label()).max(MAX_VALUES),
  rows: z
    .array(
      z.strictObject({
        keys: z.array(f.measured()).max(MAX_KEYS),
        values: z.array(f.measured()).max(MAX_VALUES),
        /** People whom the group covers at least. */
        people: f.count(),
      }),
    )
    .max(MAX_GROUPS),
  suppressedGroups: f.count(),
  minimumGroupSize: f.count(),
});
export type MetricReport = z.output<typeof MetricReport>;

/** How fresh a result is, and what it leaves out. */
const freshness = {
  /** When the last record was folded into it. */
  computedAt: f.instant(),
  runId: f.id('run'),
  /** Groups that are withheld because they cover too few people, or would betray one that does. */
  suppressedGroups: f.count(),
  /** People whom each group covers at least. */
  minimumGroupSize: f.count(),
  /** When the source's connection was removed; the result goes when the charter says. */
  removedAt: f.instant().optional(),
};

export const MetricSummary = z.strictObject({
  metric: f.label(),
  /** The source stream that it looks over. */
  stream: f.label(1_000),
  groups: z.array(f.label()),
  values: z.array(f.label()),
  /** Absent until it was measured. */
  result: z.strictObject({ ...freshness, rows: f.count(), fault: f.oneOf(...metricFaults).optional() }).optional(),
});
export type MetricSummary = z.output<typeof MetricSummary>;

export const MetricResult = z.strictObject({
  metric: f.label(),
  ...freshness,
  groups: z.array(f.label()),
  values: z.array(f.label()),
  /** What each group is, and its values in the order of `values`; null where there is none, or it covers too few people. */
  rows: z.array(z.strictObject({ group: z.array(f.measured()), values: z.array(f.measured()) })).max(MAX_GROUPS),
});
export type MetricResult = z.output<typeof MetricResult>;

/** A result as charts take it: what stands on the axis, and a list of values for each line. */
export const MetricSeries = z.strictObject({
  metric: f.label(),
  ...freshness,
  labels: z.array(f.measured()),
  series: z.array(z.strictObject({ name: f.measuredText(2_000), values: z.array(f.measured()) })),
});
export type MetricSeries = z.output<typeof MetricSeries>;
