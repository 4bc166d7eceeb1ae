import type { PrivacyClass } from '@millrace/connector-sdk';

/** What people are told that a field probably holds. */
export type FieldPrivacy = 'none' | 'personal' | 'sensitive';

const PRIVACY: Record<PrivacyClass, FieldPrivacy> = {
  unknown: 'none',
  impersonal: 'none',
  identifier: 'personal',
  personal: 'personal',
  sensitive: 'sensitive',
  credential: 'sensitive',
};

export const fieldPrivacy = (privacy: PrivacyClass): FieldPrivacy => PRIVACY[privacy];
