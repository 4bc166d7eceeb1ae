import { z } from 'zod';

/** Longest text that a document may give as a value, in UTF-16 units. */
export const MAX_LITERAL_LENGTH = 1_000;

/**
 * A value written in the document. Text, or a number or truth value in its plain form; a number that a double cannot hold
 * exactly belongs into quotes.
 */
export const Literal = z
  .union([z.string().max(MAX_LITERAL_LENGTH), z.number(), z.boolean()])
  .describe('A value as it stands. Put a number with more than 15 digits, a date or an instant into quotes.');
export type Literal = z.infer<typeof Literal>;
