import { parseDuration } from '@millrace/kernel';
import type { CharterDocument } from '../schema/charter.schema.js';
import { enumerate, humanDate, humanDuration, humanWord } from './human-words.js';

/** `{retention.access-log.keep}`: keys joined by dots; `.count` at the end asks how many entries there are. */
const REFERENCE = /\{([^{}]*)\}/g;
/** Names that a reader will find exactly so elsewhere: cookies, storage keys, routes, scopes. */
const LITERAL = /^(cookies|browserStorage|selfServe)\b|\.scopes$/;
const LEGAL_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** The parameters that a sentence names, in order. */
export function referencesIn(text: string): string[] {
  return [...text.matchAll(REFERENCE)].map((match) => match[1]!.trim());
}

/**
 * The raw value that a reference names, or undefined. A map stands for the list of its keys, so that `{cookies}` are
 * the cookies' names. Promises themselves cannot be referred to.
 */
export function valueAt(document: CharterDocument, reference: string): unknown {
  const steps = reference.split('.');
  const counted = steps.at(-1) === 'count';
  if (counted) steps.pop();
  if (steps.length === 0 || steps[0] === 'promises' || steps[0] === '') return undefined;
  const value = listOfKeys(steps.reduce<unknown>(stepInto, document));
  if (!counted) return value;
  return Array.isArray(value) ? value.length : undefined;
}

/** The value of a reference in the words of a sentence, or undefined when it cannot stand in one. */
export function wordsAt(document: CharterDocument, reference: string): string | undefined {
  const value = valueAt(document, reference);
  if (typeof value === 'number') return String(value);
  const literal = LITERAL.test(reference);
  if (Array.isArray(value)) {
    const words = value.map((item) => (literal || typeof item !== 'string' ? item : humanWord(item)));
    return words.every((word) => typeof word === 'string') ? enumerate(words) : undefined;
  }
  if (typeof value !== 'string') return undefined;
  return literal ? value : humanText(value);
}

function humanText(value: string): string {
  if (parseDuration(value)) return humanDuration(value);
  return LEGAL_DATE.test(value) ? humanDate(value) : humanWord(value);
}

/** The sentence with each parameter's value in words. An unresolved reference cannot be left: the loader refuses it. */
export function fillSentence(document: CharterDocument, text: string): string {
  return text.replace(REFERENCE, (whole, reference: string) => {
    const words = wordsAt(document, reference.trim());
    if (words === undefined) throw new Error(`A sentence names ${whole}, which is no setting of this charter.`);
    return words;
  });
}

/** A probe's parameters with each text that is one single reference replaced by the raw value that it names. */
export function fillParameters(document: CharterDocument, parameters: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, fillParameter(document, value)]));
}

function fillParameter(document: CharterDocument, value: unknown): unknown {
  const reference = typeof value === 'string' ? /^\{([^{}]+)\}$/.exec(value)?.[1] : undefined;
  return reference === undefined ? value : valueAt(document, reference.trim());
}

function stepInto(value: unknown, step: string): unknown {
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return value.find((item) => (item as { id?: unknown } | null)?.id === step) as unknown;
  return Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
}

function listOfKeys(value: unknown): unknown {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? Object.keys(value) : value;
}
