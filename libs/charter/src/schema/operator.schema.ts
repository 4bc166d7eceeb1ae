import { z } from 'zod';
import { accountFields, modules, type Module } from '../vocabulary.js';
import { country, distinct, duration, label, legalDate, mailbox, onOff, sentence, zone } from './words.js';

/** Who signs the charter, and where people reach them. */
export const Controller = z.strictObject({
  name: label,
  country,
  zone,
  audience: z.enum(['business', 'consumers']).meta({ description: 'Whom the operator serves; statutes differ.' }),
  postalAddress: z.union([z.literal('placeholder'), z.array(label).min(2).max(6)]),
  contacts: z.strictObject({
    privacy: mailbox,
    support: mailbox.optional(),
    general: mailbox.optional(),
    legal: mailbox.optional(),
    dataProtectionOfficer: mailbox.optional(),
  }),
  representative: z.strictObject({
    state: z.enum(['not-needed', 'in-progress', 'appointed']),
    name: label.optional(),
    contact: mailbox.optional(),
  }),
  markets: distinct(z.enum(['US', 'EEA', 'UK', 'CH'])).meta({
    description: 'Where the operator offers the service on purpose; EEA, UK and CH need a representative first.',
  }),
  roles: z.strictObject({
    accounts: z.literal('controller'),
    records: z.literal('processor'),
    statutes: z.array(label).max(8),
  }),
});

/** Everything but `core`, which is always on. */
const switchable = modules.filter((name): name is Exclude<Module, 'core'> => name !== 'core');
export const Modules = z.strictObject(
  Object.fromEntries(switchable.map((name) => [name, onOff])) as Record<Exclude<Module, 'core'>, typeof onOff>,
);

/** What an account holds and how a person proves to own it. The password is always asked for and is not a field. */
export const Accounts = z.strictObject({
  fields: distinct(z.enum(accountFields)).min(1),
  required: distinct(z.enum(accountFields)).min(1),
  staffOnly: distinct(z.enum(['title', 'team'])),
  minimumAge: z.int().min(13).max(21),
  ageAttestation: z.enum(['tick', 'none']).meta({ description: 'A tick is checked; only its outcome is kept.' }),
  invitation: duration,
  organizationProviders: z.enum(['allowed', 'refused']).meta({
    description: 'Whether an organization may bring an identity provider of its own for its users.',
  }),
  password: z.strictObject({
    hash: z.literal('bcrypt'),
    cost: z.int().min(12).max(16),
    minimumLength: z.int().min(8).max(64),
  }),
});

/** How long a sign-in lasts: without activity, and at all. */
export const Sessions = z.strictObject({ idle: duration, absolute: duration });

/** Lives of one-time codes and links. No token outlives `ceiling`. */
export const Tokens = z.strictObject({
  oneTimeCode: duration,
  magicLink: duration,
  passwordReset: duration,
  emailVerification: duration,
  ceiling: duration,
});

/** After `attempts` failures within `within`, sign-in pauses for `lasts`; a human can lift it. */
export const Lockout = z.strictObject({
  attempts: z.int().min(3).max(100),
  within: duration,
  lasts: duration,
});

/** The operator's own people. */
export const Staff = z.strictObject({
  secondFactor: z.literal('required'),
  identityProviders: z.enum(['staff-only', 'none']),
  breakGlass: z.strictObject({
    approvals: z.int().min(2).max(5),
    lasts: duration,
    visibleToCustomer: z.literal(true),
  }),
});

/** When a policy text leaves something open or contradicts another, and how this charter reads it. */
export const Reading = z.strictObject({
  conflict: z.string().regex(/^C([1-9]|1\d|2[0-7])$/, 'must be one of C1 to C27'),
  says: sentence,
  reads: sentence,
});

/** One version of the charter. */
export const Version = { version: legalDate, effective: legalDate };
