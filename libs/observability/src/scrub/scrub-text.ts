/** Longest text that is looked at; the rest is cut off. */
const MAX_TEXT_LENGTH = 2_000;

/** Separators that people write between the digits of a number: spaces, dots, dashes, slashes, brackets. */
const GAP = String.raw`[\s().,/\-\u2010-\u2015\u00b7_]{0,3}`;

/**
 * What looks like personal data or a secret, in the order in which it is masked: wider shapes first. Each errs towards
 * masking too much: any six digits are masked, so card numbers need no check of their check digit and national ids no
 * list of countries.
 */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN[^]*?(?:-----END[^-]*-----|$)/g, '[key]'],
  [/\b([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, '$1[credentials]@'],
  [/\b(bearer|basic|digest|negotiate)\s+\S+/gi, '$1 [token]'],
  [
    /\b(\w*(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_ ]?key|authorization|cookie|credential)s?)["']?\s*[=:]\s*("[^"]*"|'[^']*'|\S+)/gi,
    '$1=[secret]',
  ],
  [/\beyJ[\w-]*(?:\.[\w-]*){0,4}/g, '[token]'],
  [/(?:"[^"\n]*"|[^\s<>"(),:;[\]\\]+)[@\uff20][^\s<>"'(),;[\]\\]+/gu, '[email]'],
  [/\b[a-z]{2}\p{Nd}{2}(?:[ -]?[a-z0-9]{1,4}){3,8}\b/giu, '[account]'],
  [/\b[a-z]{2}\s?\p{Nd}{2}\s?\p{Nd}{2}\s?\p{Nd}{2}\s?[a-z]\b/giu, '[number]'],
  [/(?<![\w.])(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?![\w])/gi, '[address]'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '[address]'],
  [new RegExp(String.raw`[+(\p{L}]*\p{Nd}(?:${GAP}\p{Nd}){5,}\p{L}*`, 'gu'), '[number]'],
  [/(?=[\w+/=~%-]*\p{Nd})(?=[\w+/=~%-]*\p{L})[\w+/=~%-]{12,}/gu, '[token]'],
  [/[\w+/=~%-]{32,}/g, '[token]'],
];

/**
 * Masks what looks like an e-mail address, a phone, card, account or national number, a network address, a token or a
 * credential. A second net only: it cannot know a name or a street, so text that may hold one must not get here at all.
 */
export function scrubText(text: string): string {
  const cut = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
  return PATTERNS.reduce((scrubbed, [pattern, mask]) => scrubbed.replace(pattern, mask), cut);
}
