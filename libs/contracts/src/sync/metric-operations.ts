import { z } from 'zod';
import { permission } from '../caller.js';
import { f } from '../field.js';
import { get, operation, post } from '../operation.js';
import { syncProblems, vaultProblems } from '../problems.js';
import { MetricResult, MetricSeries, MetricSummary } from './metric-shapes.js';
import { Run } from './run-shapes.js';

/** A result of half a mebibyte, each of its cells in quotes. */
const MAX_CSV_LENGTH = 800_000;

const metricByName = z.strictObject({ name: f.label(), metric: f.label() });

export const listMetrics = operation({
  name: 'sync.metric.list',
  summary: 'The metrics of a pipeline, and how fresh the result of each is',
  http: get('/api/v1/pipelines/{name}/metrics'),
  input: z.strictObject({ name: f.label() }),
  output: z.strictObject({ metrics: z.array(MetricSummary) }),
  access: permission('metrics.read'),
});

export const readMetric = operation({
  name: 'sync.metric.read',
  summary: 'The result of a metric by groups; groups of too few people are withheld',
  http: get('/api/v1/pipelines/{name}/metrics/{metric}'),
  input: metricByName,
  output: MetricResult,
  access: permission('metrics.read'),
  errors: [syncProblems.notMeasured],
});

export const readMetricSeries = operation({
  name: 'sync.metric.series',
  summary: 'The result of a metric as series that a chart can draw as they are',
  http: get('/api/v1/pipelines/{name}/metrics/{metric}/series'),
  input: metricByName,
  output: MetricSeries,
  access: permission('metrics.read'),
  errors: [syncProblems.notMeasured, syncProblems.noSeries],
});

export const readMetricCsv = operation({
  name: 'sync.metric.csv',
  summary: 'The result of a metric as CSV (RFC 4180), a line for each group',
  http: get('/api/v1/pipelines/{name}/metrics/{metric}/csv', { mediaType: 'text/csv; charset=utf-8' }),
  input: metricByName,
  output: z.strictObject({ text: f.measuredText(MAX_CSV_LENGTH) }),
  access: permission('metrics.read'),
  errors: [syncProblems.notMeasured],
});

export const measurePipeline = operation({
  name: 'sync.metric.measure',
  summary: 'Read the streams that metrics look over and measure them now; nothing is written to the target',
  http: post('/api/v1/pipelines/{name}/metrics/measure', { status: 202 }),
  input: z.strictObject({ name: f.label(), streams: z.array(f.label(1_000)).min(1).max(1_000).optional() }),
  output: Run,
  access: permission('runs.start'),
  audit: 'run.started',
  errors: [
    syncProblems.runActive,
    syncProblems.nothingToMeasure,
    syncProblems.metricsOff,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
});
