import type { CastRule } from '@millrace/connector-sdk';

/** Why a step or a computed column refused a value. Stable codes beside those of casts: they stand in receipts and reports. */
export const TRANSFORM_RULES = {
  'not-the-pattern': 'The text does not follow the pattern.',
  'not-a-day': 'The text names a day or a time that no calendar has.',
  'time-left-out': 'The clocks were moved forward over this local time, so it never was.',
  'time-repeated': 'The clocks were moved back over this local time, so it was twice.',
  'not-finite': 'The value is infinite or not a number.',
  'not-in-map': 'The map has no entry for the text.',
  'several-results': 'The path finds more than one place.',
  'not-a-token': "The text is not a token made under the organization's key.",
  'not-an-address': 'The text is not an IP address.',
  'expression-failed': 'The expression has no result for the record.',
  'too-long': 'The result would be longer than a record may be.',
} as const;

export type MappingRule = CastRule | keyof typeof TRANSFORM_RULES;

/** What a step gives instead of a value that it refuses. */
export class Refusal {
  private static readonly known = new Map<MappingRule, Refusal>();

  private constructor(readonly rule: MappingRule) {}

  /** The same object for the same rule, so that refusing costs nothing. */
  static of(rule: MappingRule): Refusal {
    const refusal = Refusal.known.get(rule) ?? new Refusal(rule);
    Refusal.known.set(rule, refusal);
    return refusal;
  }
}
