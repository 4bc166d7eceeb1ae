import { z } from 'zod';

/** PostgreSQL truncates longer identifiers silently, so they are refused. In bytes. */
export const MAX_TARGET_IDENTIFIER_BYTES = 63;

export const sourceName = z.string().min(1).max(1_000);
export const targetName = z
  .string()
  .min(1)
  .refine((name) => Buffer.byteLength(name) <= MAX_TARGET_IDENTIFIER_BYTES, {
    message: `must be at most ${MAX_TARGET_IDENTIFIER_BYTES} bytes long`,
  })
  .refine((name) => !name.includes('\0'), { message: 'must not contain a NUL character' });
