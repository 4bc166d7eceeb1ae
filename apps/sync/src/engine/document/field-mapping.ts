import { z } from 'zod';
import { castType } from './cast-type.js';
import { sourceName, targetName } from './field-name.js';
import { FieldSteps } from './field-step.js';
import { FieldValue } from './field-value.js';

export { CAST_TYPES, type CastType } from './cast-type.js';
export { MAX_TARGET_IDENTIFIER_BYTES, sourceName, targetName } from './field-name.js';

/** YAML reads a bare `null` as no value; here it is the word. */
const onFailure = z
  .union([z.enum(['reject', 'null', 'fail']), z.null().transform(() => 'null' as const)])
  .optional()
  .describe(
    'What happens when a value cannot be mapped: the record is rejected (default), the field becomes null, or the run fails.',
  );

const cast = castType
  .optional()
  .describe("Type in the target. Default: the source's own, or what the last step gives.");
const steps = FieldSteps.optional();

/** A field that is deliberately left out; the same as not naming it, but visible to a reader. It is never read. */
const DroppedField = z
  .strictObject({
    from: sourceName.describe('Field of the source.'),
    drop: z.literal(true).describe('The field is not read.'),
  })
  .describe('A field that is left out on purpose.');

const CopiedField = z
  .strictObject({
    from: sourceName.describe('Field of the source.'),
    to: targetName.optional().describe('Column of the target. Default: the same name.'),
    drop: z.literal(false).optional().describe('The field is read. Default.'),
    steps,
    cast,
    hash: z
      .boolean()
      .optional()
      .describe(
        "Replaces the value by its HMAC-SHA-256 under the organization's key: equal values stay equal, so joins still work. Short for the step.",
      ),
    onFailure,
  })
  .describe('A field of the source, as it is or after steps.');

const ComputedField = z
  .strictObject({
    to: targetName.describe('Column of the target.'),
    value: FieldValue.describe('Where the value comes from: several fields or none.'),
    steps,
    cast,
    onFailure,
  })
  .describe('A column that is computed from several fields or none.');

export const FieldMapping = z.union([DroppedField, CopiedField, ComputedField]);

export type FieldMapping = z.infer<typeof FieldMapping>;
export type CopiedField = z.infer<typeof CopiedField>;
export type ComputedField = z.infer<typeof ComputedField>;
/** A field that fills a column. */
export type MappedField = CopiedField | ComputedField;

/** Whether a column of the target comes of it. */
export function isMapped(field: FieldMapping): field is MappedField {
  return isComputed(field) || field.drop !== true;
}

export function isComputed(field: FieldMapping): field is ComputedField {
  return 'value' in field;
}

export function targetColumn(field: MappedField): string {
  return isComputed(field) ? field.to : (field.to ?? field.from);
}
