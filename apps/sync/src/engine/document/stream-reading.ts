import { FILTER_OPERATORS, type FieldFilter, type FilterOperator } from '@millrace/connector-sdk';
import { parseDuration } from '@millrace/kernel';
import { z } from 'zod';
import { sourceName, targetName } from './field-mapping.js';

/** Most conditions of one stream. */
export const MAX_CONDITIONS = 100;
/** Most values of one `in`. */
const MAX_VALUES = 1_000;

const scalar = z.union([z.string().max(1_000), z.number(), z.boolean()]);

const OPERANDS = {
  equals: scalar.optional().describe('The field has this value'),
  not: scalar.optional().describe('The field has another value, or none'),
  below: scalar.optional().describe('The field is smaller'),
  atMost: scalar.optional().describe('The field is smaller or equal'),
  above: scalar.optional().describe('The field is greater'),
  atLeast: scalar.optional().describe('The field is greater or equal'),
  in: z.array(scalar).min(1).max(MAX_VALUES).optional().describe('The field has one of these values'),
  isNull: z.boolean().optional().describe('Whether the field has no value'),
} as const satisfies Record<FilterOperator, z.ZodType>;

/** One condition: a field and exactly one operator. */
export const Condition = z
  .strictObject({ field: sourceName.describe('Field of the source'), ...OPERANDS })
  .refine((condition) => operatorsOf(condition).length === 1, {
    message: `must name exactly one of ${FILTER_OPERATORS.join(', ')}`,
  });
export type Condition = z.infer<typeof Condition>;

function operatorsOf(condition: Partial<Record<FilterOperator, unknown>>): FilterOperator[] {
  return FILTER_OPERATORS.filter((operator) => condition[operator] !== undefined);
}

/** A condition as connectors take it. */
export function filterOf(condition: Condition): FieldFilter {
  const [operator] = operatorsOf(condition) as [FilterOperator];
  const operand = condition[operator];
  const values = Array.isArray(operand) ? operand : [operand];
  return { field: condition.field, operator, values: values.map(String) };
}

/** Reads what changed since the last run, by a field that only ever grows. */
export const CursorReading = z.strictObject({
  cursor: sourceName.describe('Field that grows with every change of a record, such as updated_at'),
  lookback: z
    .union([
      z.string().refine((text) => parseDuration(text) !== undefined, 'must be an ISO 8601 duration such as PT5M'),
      z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
    ])
    .optional()
    .describe(
      'How far before the last position a run starts, for changes that were committed late: a duration for a time, a number for a number. Default PT5M or 1000; 0 when appending',
    ),
});
export type CursorReading = z.infer<typeof CursorReading>;

export const Reading = z
  .union([z.enum(['full', 'changes']), CursorReading])
  .default('full')
  .describe(
    'full reads every record in each run; a cursor reads what changed since the last; changes follows the source’s own log',
  );
export type Reading = z.infer<typeof Reading>;

export const Deletions = z
  .union([z.enum(['keep', 'remove']), z.strictObject({ mark: targetName.describe('Column of type timestamptz') })])
  .default('keep')
  .describe('What a deletion at the source does in the target: nothing, remove the record, or mark it with the time');
export type Deletions = z.infer<typeof Deletions>;

/** How the records of a stream may be read for each way of writing them. */
const READABLE = {
  upsert: ['full', 'cursor', 'changes'],
  append: ['full', 'cursor'],
  update: ['full', 'cursor'],
  replace: ['full'],
} as const satisfies Record<string, readonly ('full' | 'cursor' | 'changes')[]>;

export const WRITINGS = Object.keys(READABLE) as [keyof typeof READABLE, ...(keyof typeof READABLE)[]];
export type Writing = keyof typeof READABLE;

export type ReadingKind = 'full' | 'cursor' | 'changes';

export function readingKind(reading: Reading): ReadingKind {
  return typeof reading === 'string' ? reading : 'cursor';
}

/** Whether records read in this way can be written in that one. */
export function canCombine(reading: Reading, writing: Writing): boolean {
  return (READABLE[writing] as readonly string[]).includes(readingKind(reading));
}
