import { z } from 'zod';
import { checkMetrics } from './check-metrics.js';
import { DriftPolicy } from './drift-policy.js';
import { MAX_METRICS, MetricDefinition } from './metric-definition.js';
import { RunLimits } from './run-limits.js';
import { Schedule } from './schedule.js';
import { FieldMapping, sourceName, targetName } from './field-mapping.js';
import { canCombine, Condition, Deletions, MAX_CONDITIONS, Reading, WRITINGS, type Writing } from './stream-reading.js';

/** Most streams of one pipeline. */
export const MAX_STREAMS = 1_000;
/** Most fields of one stream. PostgreSQL itself stops at 1,600 columns; other systems go further. */
export const MAX_FIELDS = 10_000;
/** Partitions that may read over one connection at once unless the document says otherwise. */
export const DEFAULT_CONCURRENCY = 4;
const MAX_CONCURRENCY = 64;

/** From the last to come to the first. */
export const PRIORITIES = ['low', 'normal', 'high'] as const;

/** Modes that find a record by its key. */
export const KEYED: readonly Writing[] = ['upsert', 'update'];

const StreamMapping = z
  .strictObject({
    from: sourceName.describe('Full name of the source stream, such as public.zip_codes'),
    to: targetName.describe('Table of the target'),
    mode: z
      .enum(WRITINGS)
      .default('upsert')
      .describe(
        'upsert inserts new keys and updates changed records; append adds records; replace puts the new set in place of the old in one step; update writes back to existing records only',
      ),
    read: Reading,
    where: z.array(Condition).max(MAX_CONDITIONS).default([]).describe('Conditions that a record must meet to be read'),
    deletes: Deletions,
    key: z
      .array(targetName)
      .max(32)
      .default([])
      .describe('Target columns that identify a record; needed for upsert and update'),
    fields: z.array(FieldMapping).min(1).max(MAX_FIELDS).describe('The selected fields. What is not named is not read'),
  })
  .superRefine(({ mode, read, deletes, key }, context) => {
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (!canCombine(read, mode)) fault('read', `cannot be combined with mode: ${mode}`);
    if (KEYED.includes(mode) && key.length === 0) fault('key', `must name at least one column for mode: ${mode}`);
    if (deletes !== 'keep' && mode !== 'upsert')
      fault('deletes', 'need mode: upsert, which knows records by their key');
  });

/** A pipeline, version 1: what is read where, how it is mapped, and where it goes. Unknown keys are refused. */
export const PipelineDocument = z
  .strictObject({
    version: z.literal(1),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, at most 63'),
    source: z.strictObject({
      connection: z.string().min(1).max(200).describe('Name or id of the connection'),
      concurrency: z
        .number()
        .int()
        .min(1)
        .max(MAX_CONCURRENCY)
        .default(DEFAULT_CONCURRENCY)
        .describe('Most partitions that may read over this connection at once, those of other pipelines counted'),
    }),
    target: z.strictObject({ connection: z.string().min(1).max(200), schema: targetName.default('public') }),
    schedule: Schedule.optional(),
    overlap: z
      .enum(['skip', 'queue'])
      .default('skip')
      .describe('What happens when a run is due while the one before still goes on: left out, or started after it'),
    priority: z
      .enum(PRIORITIES)
      .default('normal')
      .describe('Which of your organization’s runs come first when all workers are busy'),
    limits: RunLimits,
    drift: DriftPolicy,
    compare: z
      .enum(['on-demand', 'after-run'])
      .default('on-demand')
      .describe('Whether source and target are compared after each run that succeeded'),
    streams: z.array(StreamMapping).min(1).max(MAX_STREAMS),
    metrics: z
      .array(MetricDefinition)
      .max(MAX_METRICS)
      .default([])
      .describe('What is counted and summed while streams pass; only results are kept'),
  })
  .superRefine(({ schedule, streams, metrics }, context) => {
    checkMetrics(metrics, streams, context);
    if (schedule && 'continuously' in schedule && streams.some(({ read }) => read !== 'changes'))
      context.addIssue({
        code: 'custom',
        path: ['schedule', 'continuously'],
        message: 'needs read: changes for every stream',
      });
  });

export type PipelineDocument = z.infer<typeof PipelineDocument>;
export type StreamMapping = z.infer<typeof StreamMapping>;

/** The JSON Schema (draft 2020-12) of documents as people write them, for editors. */
export function pipelineJsonSchema(): unknown {
  return z.toJSONSchema(PipelineDocument, { io: 'input' });
}
