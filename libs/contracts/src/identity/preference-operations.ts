import { z } from 'zod';
import { self } from '../caller.js';
import { f } from '../field.js';
import { get, Nothing, operation, patch } from '../operation.js';
import { identityProblems } from '../problems.js';

/** What people may agree to or refuse. Without a word from them it is the charter's default: no news, aggregate use counted. */
export const choiceKinds = ['marketing', 'analytics'] as const;
export type ChoiceKind = (typeof choiceKinds)[number];

const Preferences = z.strictObject({
  /** News by mail. Off until asked for. */
  marketing: f.boolean(),
  /** Whether the use of the product may be counted, in aggregate. */
  analytics: f.boolean(),
  /** Since when what is held about you is kept and otherwise left alone (Article 18 GDPR); absent: it is not restricted. */
  restrictedSince: f.instant().optional(),
});

export const readPreferences = operation({
  name: 'identity.preferences.read',
  summary: 'What you have agreed to, and whether your data may be used',
  http: get('/api/v1/auth/me/preferences'),
  input: Nothing,
  output: Preferences,
  access: self(),
});

export const setPreferences = operation({
  name: 'identity.preferences.set',
  summary: 'Agree to something or take it back; each change is kept with its time and the words that were shown',
  http: patch('/api/v1/auth/me/preferences'),
  input: z.strictObject({
    marketing: f.boolean().optional(),
    analytics: f.boolean().optional(),
    /** Keep what is held about you, and otherwise leave it alone: nothing but what concerns your account is mailed. */
    restricted: f.boolean().optional(),
    /** Version of the words that were shown beside the choice, such as `2026-04`. Needed to agree to something. */
    wording: f.word(40).optional(),
  }),
  output: Preferences,
  access: self(),
  audit: 'preferences.set',
  errors: [identityProblems.notOffered, identityProblems.wordingNeeded],
});
