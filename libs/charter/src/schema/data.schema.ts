import { z } from 'zod';
import {
  categories,
  forbiddenPurposes,
  lawfulBases,
  purposes,
  retentionAnchors,
  retentionEnds,
  retentionKeys,
} from '../vocabulary.js';
import { distinct, duration, label, sentence, slug } from './words.js';

/** One published purpose: the words of the policy, the purposes of the code that it covers, and its lawful basis. */
export const PublishedPurpose = z.strictObject({
  title: label,
  covers: distinct(z.enum(purposes)).min(1),
  basis: z.enum(lawfulBases),
  balancing: slug.optional().meta({ description: 'Document id of the balancing test of a legitimate interest.' }),
});
export const Purposes = z.record(slug, PublishedPurpose);

/** Closed lists of what a form or a record takes; whatever is not listed is refused. */
export const Collected = z.record(slug, distinct(label).min(1));

/** What is held in a category, and whether the operator's own policy text already named it. */
export const HeldCategory = z.strictObject({
  what: sentence,
  named: z.boolean().meta({ description: 'False: the policy text forgot it; the rendered page names it.' }),
});
export const Data = z.partialRecord(z.enum(categories), HeldCategory);

const Period = z.strictObject({ keep: duration, from: z.enum(retentionAnchors) });

/** How long rows of one retention key are kept. */
export const Retention = z.strictObject({
  keep: duration,
  from: z.enum(retentionAnchors),
  orSooner: Period.optional().meta({ description: 'A second period; the earlier end wins.' }),
  then: z.enum(retentionEnds),
  archive: z
    .strictObject({ keep: duration, then: z.enum(['delete', 'anonymise']) })
    .optional()
    .meta({ description: 'Needed when then is archive: an archive must end. Runs from the day of archiving.' }),
  earlier: z.literal('on-request').optional(),
  floor: z.boolean().optional().meta({ description: 'True: also kept against an erasure until the period ends.' }),
  basis: z.enum(lawfulBases),
  because: sentence.optional(),
});
export const Retentions = z.partialRecord(z.enum(retentionKeys), Retention);

/** What a deletion reaches and by when. */
export const Erasure = z.strictObject({
  completeWithin: duration,
  includesBackups: z.boolean(),
  auditEntries: z.enum(['blank', 'keep']),
});
export const Backups = z.strictObject({ keep: duration });

/** Outbound calls: purposes that have a route, and those that never get one. */
export const Egress = z.strictObject({
  purposes: distinct(z.enum(purposes)),
  forbidden: distinct(z.enum(forbiddenPurposes)).refine(
    (list) => forbiddenPurposes.every((purpose) => list.includes(purpose)),
    'must name every purpose that has no route: ' + forbiddenPurposes.join(', '),
  ),
});

export const Encryption = z.strictObject({
  atRest: z.literal('AES-256-GCM'),
  keyBits: z.literal(256),
  tlsMinimum: z.enum(['1.2', '1.3']),
  secretsStore: z.enum(['dedicated', 'database']),
});

/** The security audit log. `appendOnly` says that the operator promises it in these words. */
export const Audit = z.strictObject({
  appendOnly: z.boolean(),
  events: distinct(slug),
});
