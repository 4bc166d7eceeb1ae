import type { Slab } from '../batch/slab.js';

/** Why a value could not be converted. Stable codes: they stand in receipts and reports. */
export const CAST_RULES = {
  'not-a-number': 'The text is not a number.',
  'not-a-boolean': 'The text is neither true nor false.',
  'not-a-date': 'The text is not a date like 2026-01-31.',
  'not-a-time': 'The text is not a time like 13:45:00.',
  'not-a-timestamp': 'The text is not an instant like 2026-01-31T13:45:00Z.',
  'no-time-zone': 'The text is an instant without a time zone, so it could mean several moments.',
  'unexpected-time-zone': 'The text has a time zone, which the target type cannot keep.',
  'not-a-uuid': 'The text is not a UUID.',
  'not-json': 'The text is not JSON.',
  'out-of-range': 'The value is too large or too small for the target type.',
  'not-exact': 'The value would lose digits in the target type.',
} as const;

export type CastRule = keyof typeof CAST_RULES;

/**
 * Converts one cell that is not null: reads `length` bytes of `source` at `start` and appends one whole cell to `out`.
 * Gives a rule, and leaves `out` as it was, when the value cannot be converted.
 */
export type CellCast = (source: Buffer, start: number, length: number, out: Slab) => CastRule | undefined;
