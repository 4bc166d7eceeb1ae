import { z } from 'zod';

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

export const castType = z.enum(CAST_TYPES);
