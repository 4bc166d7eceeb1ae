import { z } from 'zod';

/** Most streams of one pipeline. */
export const MAX_STREAMS = 1_000;
/** Most fields of one stream. PostgreSQL itself stops at 1,600 columns; other systems go further. */
export const MAX_FIELDS = 10_000;
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

const sourceName = z.string().min(1).max(1_000);
const targetName = z
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

const FieldMapping = z.discriminatedUnion('drop', [DroppedField, CopiedField]);

const StreamMapping = z.strictObject({
  /** Full name of the source stream, such as `public.zip_codes`. */
  from: sourceName,
  /** Table of the target. */
  to: targetName,
  /** How records are written. `upsert` inserts new keys and updates changed records. */
  mode: z.enum(['upsert']).default('upsert'),
  /** Target columns that identify a record. */
  key: z.array(targetName).min(1).max(32),
  /** The selected fields. What is not named is not read. */
  fields: z.array(FieldMapping).min(1).max(MAX_FIELDS),
});

/** A pipeline, version 1: what is read where, how it is mapped, and where it goes. Unknown keys are refused. */
export const PipelineDocument = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens, at most 63'),
  source: z.strictObject({ connection: z.string().min(1).max(200) }),
  target: z.strictObject({ connection: z.string().min(1).max(200), schema: targetName.default('public') }),
  streams: z.array(StreamMapping).min(1).max(MAX_STREAMS),
});

export type PipelineDocument = z.infer<typeof PipelineDocument>;
export type StreamMapping = z.infer<typeof StreamMapping>;
export type FieldMapping = z.infer<typeof FieldMapping>;
export type CopiedField = z.infer<typeof CopiedField>;

/** Whether the field is read at all. */
export function isCopied(field: FieldMapping): field is CopiedField {
  return field.drop !== true;
}

/** The JSON Schema (draft 2020-12) of documents as people write them, for editors. */
export function pipelineJsonSchema(): unknown {
  return z.toJSONSchema(PipelineDocument, { io: 'input' });
}
