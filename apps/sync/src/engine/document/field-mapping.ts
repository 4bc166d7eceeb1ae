import { z } from 'zod';

/** PostgreSQL truncates longer identifiers silently, so they are refused. In bytes. */
export const MAX_TARGET_IDENTIFIER_BYTES = 63;

/** Types that a field may be cast to, in words that people know. */
export const CAST_TYPES = [
  'text',
  'smallint',
  'integer',
  'bigint',
  'real',
  'double',
  'numeric',
  'boolean',
  'date',
  'timestamp',
  'timestamptz',
  'uuid',
  'json',
  'jsonb',
] as const;
export type CastType = (typeof CAST_TYPES)[number];

export const sourceName = z.string().min(1).max(1_000);
export const targetName = z
  .string()
  .min(1)
  .refine((name) => Buffer.byteLength(name) <= MAX_TARGET_IDENTIFIER_BYTES, {
    message: `must be at most ${MAX_TARGET_IDENTIFIER_BYTES} bytes long`,
  })
  .refine((name) => !name.includes('\0'), { message: 'must not contain a NUL character' });

/** A field that is deliberately left out; the same as not naming it, but visible to a reader. It is never read. */
const DroppedField = z.strictObject({ from: sourceName, drop: z.literal(true) });

const CopiedField = z.strictObject({
  from: sourceName,
  /** Column of the target. Default: the same name. */
  to: targetName.optional(),
  drop: z.literal(false).optional(),
  /** Type in the target. Default: the source's own. */
  cast: z.enum(CAST_TYPES).optional(),
  /** What happens to a value that the cast cannot take: the record is rejected (default), the field becomes null, or the run fails. */
  onCastFailure: z.enum(['reject', 'null', 'fail']).optional(),
  /** Replaces the value by its HMAC-SHA-256 under the organization's key: equal values stay equal, so joins still work. */
  hash: z.boolean().optional(),
});

export const FieldMapping = z.discriminatedUnion('drop', [DroppedField, CopiedField]);

export type FieldMapping = z.infer<typeof FieldMapping>;
export type CopiedField = z.infer<typeof CopiedField>;

/** Whether the field is read at all. */
export function isCopied(field: FieldMapping): field is CopiedField {
  return field.drop !== true;
}
