import { z } from 'zod';
import { evidenceKinds } from '../vocabulary.js';
import { distinct, duration, sentence } from './words.js';

/** A sentence of the policy, what keeps it, and what can show that. Without a probe it reads as unproven. */
export const PromiseEntry = z.strictObject({
  id: z.string().regex(/^[A-Z]{1,3}[1-9]\d{0,2}$/, 'must be letters and a number such as D59'),
  text: sentence.meta({ description: 'Parameters stand in braces: {retention.access-log.keep}.' }),
  enforcedBy: sentence,
  evidence: distinct(z.enum(evidenceKinds)).min(1),
  probe: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  freshFor: duration.optional(),
});
