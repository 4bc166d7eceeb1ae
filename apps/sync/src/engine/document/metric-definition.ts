import { z } from 'zod';
import { sourceName, targetName } from './field-name.js';
import { Condition } from './field-value.js';

/** Most metrics of one pipeline. */
export const MAX_METRICS = 100;
/** Most columns by which one metric groups. */
const MAX_GROUP_COLUMNS = 5;
/** Most values of one metric. */
const MAX_VALUES = 20;
/** Most conditions of one metric. */
const MAX_METRIC_CONDITIONS = 100;
/** Most percentiles of one value. */
const MAX_PERCENTILES = 10;
/** Beyond these a percentile is the value of one record rather than a statement about many. */
const PERCENTILE_BOUNDS = [0.01, 0.99] as const;

export const BUCKET_UNITS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type BucketUnit = (typeof BUCKET_UNITS)[number];

/** Seconds of each unit in which a duration is given. */
export const DURATION_SECONDS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
type DurationUnit = keyof typeof DURATION_SECONDS;
const DURATION_UNITS = Object.keys(DURATION_SECONDS) as [DurationUnit, ...DurationUnit[]];

const column = targetName.describe('Column of the target');
const name = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be lower-case letters, digits and underscores, at most 40')
  .describe('Name of a value: its column in the result');

const TimeBetween = z
  .strictObject({ from: column, to: column, unit: z.enum(DURATION_UNITS).describe('In what it is given') })
  .describe('The time from one column to another of the same record');
/** What a statistic is about: a column, or the time between two. */
export const Measured = z.union([column, TimeBetween]);
export type Measured = z.infer<typeof Measured>;

export const MetricValue = z
  .union([
    z.strictObject({ name, count: z.literal(true).describe('How many records') }),
    z.strictObject({ name, sum: Measured.describe('All of them together, exact for numbers that are') }),
    z.strictObject({ name, average: Measured.describe('Their mean') }),
    z.strictObject({ name, min: Measured.describe('The least') }),
    z.strictObject({ name, max: Measured.describe('The greatest') }),
    z.strictObject({ name, distinct: column.describe('How many different values; exact up to 1,024, then within 5%') }),
    z.strictObject({
      name,
      percentile: z
        .strictObject({
          of: Measured.describe('Of what'),
          at: z
            .array(z.number().min(PERCENTILE_BOUNDS[0]).max(PERCENTILE_BOUNDS[1]))
            .min(1)
            .max(MAX_PERCENTILES)
            .describe('Which: 0.5 is the median'),
        })
        .describe('Within 1% of the exact value'),
    }),
    z.strictObject({
      name,
      ratio: z.strictObject({ of: name, to: name }).describe('One value of this metric divided by another'),
    }),
  ])
  .meta({ id: 'MetricValue' });
export type MetricValue = z.infer<typeof MetricValue>;

const TimeBucket = z.strictObject({
  column,
  unit: z.enum(BUCKET_UNITS).describe('Weeks start on Monday'),
  timeZone: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Whose days they are, such as Europe/Berlin. Default: UTC; for instants only'),
});

export const MetricDefinition = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, at most 63'),
  over: sourceName.describe('The source stream, as streams[].from names it; it must be read in full'),
  where: z
    .array(Condition)
    .max(MAX_METRIC_CONDITIONS)
    .default([])
    .describe('Conditions on columns of the target, all of which a record must meet'),
  by: z
    .array(column)
    .max(MAX_GROUP_COLUMNS)
    .default([])
    .describe('Columns whose values make a group; they must not tell about a person'),
  every: TimeBucket.optional().describe('Groups by periods of time as well'),
  people: column
    .optional()
    .describe('The column that tells people apart. Default: each record counts as a person of its own'),
  values: z.array(MetricValue).min(1).max(MAX_VALUES).describe('What is told of each group, in this order'),
});
export type MetricDefinition = z.infer<typeof MetricDefinition>;

/** The columns of a result that a value gives: a percentile gives one for each place, all others one of their own name. */
export function resultColumns(value: MetricValue): string[] {
  if (!('percentile' in value)) return [value.name];
  return value.percentile.at.map((at) => `${value.name}_p${String(Number((at * 100).toFixed(6))).replace('.', '_')}`);
}
