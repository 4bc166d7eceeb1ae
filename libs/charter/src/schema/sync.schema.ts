import { z } from 'zod';
import { authClasses, dataCeilings, transferMechanisms } from '../vocabulary.js';
import { country, distinct, duration, label, legalDate, sentence, slug } from './words.js';

/** Which ways of proving itself to a provider any connection may use, whatever the connector could do. */
export const ConnectorRules = z.strictObject({
  auth: distinct(z.enum(authClasses)).min(1),
  refusal: sentence.meta({ description: 'What a person reads who tries another way.' }),
  accountFields: distinct(z.enum(['provider', 'accountName'])).min(1),
  selection: z.literal('explicit'),
});

/** Spending rules of connectors that cost money per query. */
const CostControl = z.strictObject({
  estimate: z.literal('every-query'),
  shown: z.literal('before-run'),
  budget: z.literal('monthly'),
  overBudget: z.literal('approval'),
});

/** One connector that may be enabled, and what it may ask for. */
export const ConnectorGrant = z.strictObject({
  title: label,
  auth: distinct(z.enum(authClasses)).min(1),
  scopes: distinct(z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be one scope without spaces')).optional(),
  roles: distinct(label).optional(),
  entities: distinct(label).optional(),
  never: distinct(label).optional().meta({ description: 'Fields that are never read.' }),
  writeBack: z.enum(['none', 'designated-fields']),
  tokenInvalid: duration.optional(),
  forgetWithin: duration,
  costControl: CostControl.optional(),
  deviations: z.array(sentence).optional().meta({ description: 'Where the vendor cannot do what the text says.' }),
});
export const Connectors = z.record(slug, ConnectorGrant);

const RegionPlace = z.strictObject({ country, place: label, plan: z.enum(['every', 'enterprise', 'on-request']) });

/** Where a region may stand. `onlyIn` binds regions and sub-processors alike. */
export const Residency = z.strictObject({
  default: slug,
  regions: z.record(slug, RegionPlace),
  onlyIn: distinct(country).min(1).optional(),
});

/** A company that processes data for the operator. */
export const SubProcessor = z.strictObject({
  id: slug,
  category: slug,
  title: label,
  name: label.optional().meta({ description: 'Missing: the named list is incomplete and says so.' }),
  purpose: sentence,
  location: country,
  enabled: z.boolean(),
  ceiling: distinct(z.enum(dataCeilings)).min(1),
  aiTraining: z.literal(false),
  ownPurposes: z.literal(false),
});

/** A safeguard under which data may leave a place. */
export const Transfer = z.strictObject({
  id: slug,
  from: distinct(z.enum(['EEA', 'UK', 'CH'])).min(1),
  to: z.union([z.literal('any'), distinct(country).min(1)]),
  mechanism: z.enum(transferMechanisms),
  fallback: z.enum(transferMechanisms).optional(),
  recertifyBy: legalDate.optional(),
});

export const Evidence = z.strictObject({ freshFor: duration });
