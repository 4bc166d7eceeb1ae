import type { Redaction } from '../../document/field-step.js';
import { isGermanTaxId, passesLuhn, passesMod97 } from './checksum.js';
import { ibanLength } from './iban-length.js';

/** Finds one kind of thing in a text. */
interface Detector {
  /** Candidates; global, and bounded in every repetition, so that its time is linear to the text. */
  readonly candidates: RegExp;
  /** How much of a candidate, from its start, is to be replaced; 0 for nothing. */
  readonly measure: (candidate: string) => number;
}

const whole = (candidate: string) => candidate.length;
const wholeIf = (test: (candidate: string) => boolean) => (candidate: string) =>
  test(candidate) ? candidate.length : 0;
const digitsOf = (text: string) => text.replaceAll(/\D/g, '');

const EMAIL: Detector = {
  candidates: /(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,8}\p{L}{2,24}/gu,
  measure: whole,
};

const IBAN: Detector = {
  candidates: /(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}/gi,
  measure: measureIban,
};

/** The candidate may go on into the next word, so its country says where the number ends. */
function measureIban(candidate: string): number {
  const length = ibanLength(candidate.slice(0, 2).toUpperCase());
  if (length === undefined) return 0;
  let taken = '';
  for (let at = 0; at < candidate.length; at++) {
    if (candidate[at] !== ' ') taken += candidate[at];
    if (taken.length < length) continue;
    const ends = !/[A-Z0-9]/i.test(candidate[at + 1] ?? '');
    return ends && passesMod97(taken.toUpperCase()) ? at + 1 : 0;
  }
  return 0;
}

const CARD: Detector = {
  candidates: /(?<![\d])[2-6](?:[ -]?\d){12,18}(?!\d)/g,
  measure: wholeIf((candidate) => passesLuhn(digitsOf(candidate))),
};

const SOCIAL_SECURITY: Detector = {
  candidates: /(?<!\d)(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?!\d)/g,
  measure: whole,
};

/** HM Revenue & Customs, NIM39110: letters and prefixes that are never given. */
const NATIONAL_INSURANCE: Detector = {
  candidates:
    /(?<![A-Z0-9])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?\d{2}){3} ?[A-D](?![A-Z0-9])/gi,
  measure: whole,
};

const GERMAN_TAX_ID: Detector = {
  candidates: /(?<!\d)[1-9]\d(?: ?\d{3}){3}(?!\d)/g,
  measure: wholeIf((candidate) => isGermanTaxId(digitsOf(candidate))),
};

const PHONE: Detector = {
  candidates: /(?<![\p{L}\d+])(?:\+|\(\+)?(?:\(\d{1,5}\)|\d)(?:[ ./-]{0,2}(?:\(\d{1,5}\)|\)|\d)){6,16}(?![\p{L}\d])/gu,
  measure: wholeIf(looksLikePhone),
};

/** Seven to fifteen digits (ITU-T E.164) that start like a call abroad, over a trunk, or in the North American form. */
function looksLikePhone(candidate: string): boolean {
  const digits = digitsOf(candidate).length;
  if (digits < 7 || digits > 15) return false;
  const date = /^\d{1,2}([./-])\d{1,2}\1(?:\d{2}|\d{4})$/.test(candidate);
  const decimal = /^\d+\.\d+$/.test(candidate);
  return !date && !decimal && /^(?:\+|\(|0|\d{3}[-. ]\d{3}[-. ]\d{4}$)/.test(candidate);
}

/** In the order in which they are looked for: what has a checksum before what only looks like something. */
const DETECTORS: readonly (readonly [Redaction, readonly Detector[]])[] = [
  ['email', [EMAIL]],
  ['iban', [IBAN]],
  ['card', [CARD]],
  ['national-id', [GERMAN_TAX_ID, SOCIAL_SECURITY, NATIONAL_INSURANCE]],
  ['phone', [PHONE]],
];

/** Replaces what it finds of the given kinds by `[email]`, `[iban]` and so on. */
export function redactor(kinds: readonly Redaction[]): (text: string) => string {
  const chosen = DETECTORS.filter(([kind]) => kinds.includes(kind)).flatMap(([kind, detectors]) =>
    detectors.map((detector) => ({ ...detector, word: `[${kind}]` })),
  );
  return (text) =>
    chosen.reduce((clean, { candidates, measure, word }) => replaced(clean, candidates, measure, word), text);
}

function replaced(text: string, candidates: RegExp, measure: Detector['measure'], word: string): string {
  let clean = '';
  let from = 0;
  candidates.lastIndex = 0;
  for (let match = candidates.exec(text); match; match = candidates.exec(text)) {
    const length = measure(match[0]);
    if (length > 0) {
      clean += text.slice(from, match.index) + word;
      from = match.index + length;
    }
    // What was no hit may still hold one that starts later.
    candidates.lastIndex = length > 0 ? from : match.index + 1;
  }
  return from === 0 ? text : clean + text.slice(from);
}
