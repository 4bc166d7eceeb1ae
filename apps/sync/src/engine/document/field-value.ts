import { z } from 'zod';
import { sourceName } from './field-name.js';
import { FieldSteps } from './field-step.js';
import { Literal } from './literal.js';

/** Most parts, alternatives or branches of one computed column. */
export const MAX_OPERANDS = 100;
/** Longest expression, in UTF-16 units. */
export const MAX_EXPRESSION_LENGTH = 4_000;

const fieldName = sourceName.describe('A field of the source.');
const operands = <Schema extends z.ZodType>(schema: Schema) => z.array(schema).min(1).max(MAX_OPERANDS);

const FieldOperand = z
  .strictObject({ field: fieldName, steps: FieldSteps.optional() })
  .describe('A field, after steps of its own where it needs some.');
/** A part of a computed column: a literal, or a field. */
export const Operand = z.union([Literal, FieldOperand]).meta({ id: 'Operand' });
export type Operand = z.infer<typeof Operand>;

const Comparison = z
  .strictObject({
    field: fieldName,
    equals: Literal.optional().describe('The field has this value.'),
    not: Literal.optional().describe('The field has another value, or none.'),
    below: Literal.optional().describe('The field is less than this.'),
    atMost: Literal.optional().describe('The field is this or less.'),
    above: Literal.optional().describe('The field is more than this.'),
    atLeast: Literal.optional().describe('The field is this or more.'),
    in: z.array(Literal).min(1).max(1_000).optional().describe('The field has one of these values.'),
    // Not `null`, which YAML does not take for a word.
    isNull: z
      .boolean()
      .optional()
      .describe('Whether the field is null. Of the other comparisons a null meets "not" alone.'),
  })
  .refine((condition) => Object.values(condition).filter((part) => part !== undefined).length === 2, {
    message: 'must have a field and exactly one comparison',
  });
export type Comparison = z.infer<typeof Comparison>;

export type Condition =
  | Comparison
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly none: readonly Condition[] };

/** What a record must meet for a branch of `when`. */
export const Condition: z.ZodType<Condition> = z
  .lazy(() =>
    z.union([
      z.strictObject({ all: operands(Condition).describe('Every one of these must be met.') }),
      z.strictObject({ any: operands(Condition).describe('At least one of these must be met.') }),
      z.strictObject({ none: operands(Condition).describe('None of these may be met.') }),
      Comparison,
    ]),
  )
  .meta({ id: 'Condition' });

const result = z.union([Operand, z.null()]);

const WhenValue = z
  .strictObject({
    cases: operands(
      z.strictObject({
        if: Condition.describe('The condition.'),
        then: result.describe('The value when it is the first to be met.'),
      }),
    ).describe('Looked at in this order.'),
    otherwise: result.describe('The value when no condition is met.'),
  })
  .describe('The value of the first condition that is met.');

const ExpressionValue = z
  .union([
    z.string().min(1).max(MAX_EXPRESSION_LENGTH),
    z.strictObject({
      cel: z.string().min(1).max(MAX_EXPRESSION_LENGTH).describe('The expression.'),
      fields: z
        .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be a plain name'), sourceName)
        .optional()
        .describe('Names for fields whose own name an expression cannot have, such as "net-amount".'),
    }),
  ])
  .describe('An expression in CEL (cel.dev) over the fields of the source. Its type is checked beforehand.');

/** Where a computed column comes from. */
export const FieldValue = z
  .union([
    z.strictObject({ constant: z.union([Literal, z.null()]).describe('The same for every record.') }),
    z.strictObject({ concat: operands(Operand).describe('Texts joined together; null if one of them is null.') }),
    z.strictObject({ coalesce: operands(Operand).describe('The first that is not null.') }),
    z.strictObject({ when: WhenValue }),
    z.strictObject({ expression: ExpressionValue }),
  ])
  .meta({ id: 'Value' });
export type FieldValue = z.infer<typeof FieldValue>;
