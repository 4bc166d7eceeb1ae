import type { PrivacyClass } from '@millrace/connector-sdk';

/** Whole words of a field's name, most telling first. */
const WORDS: readonly (readonly [PrivacyClass, RegExp])[] = [
  ['credential', /(^|_)(password|passwd|pwd|secret|token|api_?key|private_key|hash|salt|pin|cvv)(_|$)/],
  [
    'sensitive',
    /(^|_)(health|diagnosis|religion|ethnicity|race|gender|sex|orientation|political|union|biometric|genetic|ssn|iban|card|account_number|passport|salary|income)(_|$)/,
  ],
  [
    'personal',
    /(^|_)(e?mail|phone|mobile|fax|name|surname|birth|birthday|dob|address|street|city|zip|postcode|ip|latitude|longitude|lat|lon|lng|avatar|photo|username|login|nick|bio|notes?|comments?)(_|$)/,
  ],
  ['identifier', /(^|_)(id|uuid|guid|key|code|number|ref)(_|$)/],
];
const IMPERSONAL_TYPES =
  /^(boolean|smallint|integer|bigint|real|double precision|numeric|date|time|timestamp|interval)/;

/** A first guess from name and type alone, for a person to confirm. It errs on the side of caution. */
export function privacyClass(name: string, sourceType: string): PrivacyClass {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  const match = WORDS.find(([, pattern]) => pattern.test(words));
  if (match) return match[0];
  return IMPERSONAL_TYPES.test(sourceType) ? 'impersonal' : 'unknown';
}
