import { type FieldSchema, Slab, type StreamSchema } from '@millrace/connector-sdk';
import type { Fault } from '@millrace/kernel';
import { parsePipeline } from '../document/parse-pipeline.js';
import type { PipelineDocument } from '../document/pipeline-document.js';
import { compilePipeline } from '../mapping/compile-pipeline.js';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { batchOf, hasher, inputOf, type Row, streamOf, tokenizer } from '../mapping/mapping.fixture.js';
import { validatePipeline } from '../mapping/validate-pipeline.js';
import type { MetricOutcome } from './metric-outcome.js';
import { StreamFold } from './stream-fold.js';

/** A stream `public.t` of `fields` behind a key, the document that moves it, and metrics over it. */
export interface Measured {
  readonly schema: StreamSchema;
  readonly input: unknown;
}

export interface MeasuredOptions {
  /** How fields are mapped. Default: as they are. */
  readonly mapping?: readonly Record<string, unknown>[];
  readonly stream?: Record<string, unknown>;
}

/** Values are given by name, as a record. */
export function measured(
  fields: readonly FieldSchema[],
  metrics: readonly Record<string, unknown>[],
  { mapping, stream }: MeasuredOptions = {},
): Measured {
  const input = inputOf(mapping ?? fields.map(({ name }) => ({ from: name })), stream) as Record<string, unknown>;
  const whole = metrics.map((metric, index) => ({
    name: `m${index}`,
    over: 'public.t',
    ...metric,
    values: Object.entries(metric['values'] as object).map(([name, value]) => ({ name, ...(value as object) })),
  }));
  return { schema: streamOf(fields), input: { ...input, metrics: whole } };
}

/** What is wrong with the metrics, by form or by fit. */
export function metricFaults(
  fields: readonly FieldSchema[],
  metrics: readonly Record<string, unknown>[],
  options: MeasuredOptions = {},
): Fault[] {
  const { schema, input } = measured(fields, metrics, options);
  const { document, faults } = parsePipeline(input);
  return [...(faults ?? validatePipeline(document!, { streams: [schema] }, { streams: [] }))];
}

export function compiled({ schema, input }: Measured): CompiledStream {
  const document = documentOf(input);
  const faults = validatePipeline(document, { streams: [schema] }, { streams: [] });
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  const context = { source: { streams: [schema] }, target: { streams: [] }, fieldHasher: hasher, tokenizer };
  return compilePipeline(document, context)[0]!;
}

function documentOf(input: unknown): PipelineDocument {
  const { document, faults } = parsePipeline(input);
  if (!document) throw new Error(JSON.stringify(faults));
  return document;
}

/** What metrics come to over rows that arrive in batches of `batchRows`. */
export function outcomes(one: Measured, rows: readonly Row[], minimum: number, batchRows = 100): MetricOutcome[] {
  const stream = compiled(one);
  const fold = new StreamFold(stream.metrics, stream.columns, minimum);
  const keyed = rows.map((row, index) => ({ id: String(index), ...row }));
  for (let at = 0; at < keyed.length; at += batchRows) {
    const out = new Slab(64);
    stream.transform(batchOf(stream, one.schema, keyed.slice(at, at + batchRows)), out);
    fold.add(out);
  }
  return fold.finish();
}

/** The rows of an outcome as lists: keys, then values. */
export function listed({ rows }: MetricOutcome): unknown[][] {
  return rows.map(({ keys, values }) => [...keys, ...values]);
}
