import { z } from 'zod';
import { FieldMapping, sourceName, targetName } from './field-mapping.js';

/** Most streams of one pipeline. */
export const MAX_STREAMS = 1_000;
/** Most fields of one stream. PostgreSQL itself stops at 1,600 columns; other systems go further. */
export const MAX_FIELDS = 10_000;
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

/** The JSON Schema (draft 2020-12) of documents as people write them, for editors. */
export function pipelineJsonSchema(): unknown {
  return z.toJSONSchema(PipelineDocument, { io: 'input' });
}
