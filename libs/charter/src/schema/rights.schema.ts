import { z } from 'zod';
import { cookieClasses, regimes, rightTypes } from '../vocabulary.js';
import { distinct, duration, label, sentence, slug, webPath } from './words.js';

/** One law's rights as this operator grants them. `basis: promise` grants them where the statute may not apply. */
export const GrantedRegime = z.strictObject({
  answer: duration,
  extension: duration.optional(),
  basis: z.enum(['statute', 'promise']),
  rights: distinct(z.enum(rightTypes)).min(1),
});

export const Rights = z.strictObject({
  regimes: z.partialRecord(z.enum(regimes), GrantedRegime).refine((map) => Object.keys(map).length > 0, {
    message: 'must grant at least one regime',
  }),
  subjects: z.array(label).min(1).meta({ description: 'Subject lines that mark a request; others are not dropped.' }),
  identity: z.enum(['account', 'mailbox-control']),
  agents: z.enum(['after-proof', 'none']),
  fee: z.literal('none'),
  equalService: z.literal(true),
  appeal: z.strictObject({ answer: duration, subject: label }).optional(),
});

/** A right that a person exercises alone, signed in. */
export const SelfServe = z.strictObject({
  id: slug,
  right: z.enum(rightTypes),
  method: z.enum(['GET', 'PATCH', 'POST', 'DELETE']),
  path: webPath,
  place: label.meta({ description: 'Where the screen shows it.' }),
});

/** A cookie that the product may set. Every other name is a defect. */
export const Cookie = z.strictObject({
  class: z.enum(cookieClasses),
  on: z.enum(['sign-in', 'choice']),
  lives: z.union([z.literal('session'), duration]),
  what: sentence,
});

/** A key in the browser's storage. */
export const BrowserKey = z.strictObject({
  class: z.enum(cookieClasses),
  audience: z.enum(['everyone', 'staff']),
  what: sentence,
});

export const Tracking = z.strictObject({
  thirdParties: z.literal('none'),
  analytics: z.enum(['first-party', 'none']),
  analyticsChoice: z.enum(['opt-out', 'opt-in', 'none']),
  marketingChoice: z.enum(['opt-in', 'none']),
  individuals: z.literal('never').meta({ description: 'Visitor data is never joined to accounts.' }),
  location: z.enum(['country-city', 'none']),
  doNotTrack: sentence,
  globalPrivacyControl: z.enum(['recorded', 'honoured']),
});

export const Breach = z.strictObject({
  authorityWithin: duration,
  usersWithin: z.union([z.literal('by-law'), duration]),
});

export const Notices = z.strictObject({
  policyChange: z.strictObject({
    mail: z.enum(['owners', 'registered']),
    inApp: z.boolean(),
    changelog: z.boolean(),
    before: z.boolean().meta({ description: 'True: everybody is told before the change takes effect.' }),
    banner: duration.optional(),
    acceptance: z.enum(['continued-use', 'none']),
  }),
  subProcessorChange: duration,
  ownershipChange: z.enum(['before', 'by-law']),
});

export const Mail = z.strictObject({
  bodies: z.enum(['links-only', 'full']).meta({ description: 'links-only: no personal data beyond the address.' }),
  transactional: distinct(slug).min(1),
  marketing: z.strictObject({ signUp: z.enum(['double-opt-in', 'none']), unsubscribe: z.literal('one-click') }),
});

/** A page or artefact that the charter refers to. `page` is served publicly; `artefact` is supplied by the operator. */
export const CharterDocumentEntry = z.strictObject({
  id: slug,
  kind: z.enum(['page', 'artefact']),
  title: label,
  path: webPath.optional(),
  renew: duration.optional().meta({ description: 'How often a new one is due.' }),
});
