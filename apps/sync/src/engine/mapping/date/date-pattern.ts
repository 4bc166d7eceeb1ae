import { DATE_PARTS, type DatePart, type LocalTime } from './date-part.js';

/** A pattern taken apart: parts of a date, and text that stands as it is. */
export interface DatePattern {
  readonly elements: readonly (DatePart | string)[];
  readonly hasTime: boolean;
  readonly hasOffset: boolean;
  /** Whether year, month and day, as far as they are there, are there without a gap from the year on. */
  readonly namesDay: boolean;
}

export type DatePatternResult = { readonly pattern: DatePattern } | { readonly fault: string };

const LITERAL_TEXT = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g;

/** Reads a pattern in the letters of Unicode's CLDR: text in apostrophes and every other sign stand for themselves. */
export function datePattern(text: string): DatePatternResult {
  const elements: (DatePart | string)[] = [];
  for (const [run, quoted, letter] of text.matchAll(LITERAL_TEXT)) {
    if (run === "'") return { fault: 'The pattern has an apostrophe without its partner.' };
    if (quoted !== undefined) elements.push(quoted === '' ? "'" : quoted.replaceAll("''", "'"));
    else if (letter === undefined) elements.push(run);
    else {
      const part = DATE_PARTS[run];
      if (!part)
        return { fault: `The pattern's "${run}" is no part of a date. ${KNOWN} Put plain text into apostrophes.` };
      elements.push(part);
    }
  }
  const parts = elements.filter((element) => typeof element !== 'string');
  if (parts.length === 0) return { fault: `The pattern has no part of a date. ${KNOWN}` };
  const has = (sets: DatePart['sets']) => parts.some((part) => part.sets === sets);
  return {
    pattern: {
      elements,
      hasTime: parts.some((part) => part.ofTime),
      hasOffset: has('offset'),
      namesDay: has('year') && (has('month') || !has('day')),
    },
  };
}

const KNOWN = 'Known are yyyy yy MMMM MMM MM M dd d EEEE EEE Q HH H hh h a mm m ss s S to SSSSSS XXX XX.';

/** Writes a moment by the pattern. */
export function dateFormatter({ elements }: DatePattern): (time: LocalTime) => string {
  return (time) => {
    let text = '';
    for (const element of elements) text += typeof element === 'string' ? element : element.format(time);
    return text;
  };
}

/** Reads a text that follows the pattern from its first to its last sign; undefined when it does not. */
export function dateParser(
  pattern: DatePattern,
): { readonly parse: (text: string) => LocalTime | undefined } | { readonly fault: string } {
  const parts = pattern.elements.filter((element) => typeof element !== 'string');
  const named = parts.map((part) => part.sets);
  if (named.some((sets, index) => sets !== undefined && named.indexOf(sets) !== index))
    return { fault: 'The pattern names a part of the date twice.' };
  if (parts.some((part) => part.read === undefined))
    return { fault: 'The pattern has a part that can only be written: EEEE, EEE or Q.' };
  if (named.includes('hour12') !== named.includes('half')) return { fault: 'The pattern needs "h" and "a" together.' };
  if (named.includes('hour12') && named.includes('hour')) return { fault: 'The pattern names the hour twice.' };
  const joined = pattern.elements.some(
    (element, index) => varies(element) && startsWithDigit(pattern.elements[index + 1]),
  );
  if (joined)
    return {
      fault: 'Two numbers of the pattern meet, and where one ends is unclear. Use two letters, such as MM and dd.',
    };
  const expression = new RegExp(
    `^${pattern.elements.map((element) => (typeof element === 'string' ? escaped(element) : `(${element.matches})`)).join('')}$`,
    'i',
  );
  return {
    parse: (text) => {
      const match = expression.exec(text);
      if (!match) return undefined;
      const time: LocalTime = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, microsecond: 0, offset: 0 };
      for (const [index, part] of parts.entries()) part.read!(match[index + 1]!, time);
      return time;
    },
  };
}

function varies(element: DatePart | string): boolean {
  return typeof element !== 'string' && element.matches === String.raw`\d{1,2}`;
}

function startsWithDigit(element: DatePart | string | undefined): boolean {
  return typeof element === 'string' ? /^\d/.test(element) : (element?.matches.startsWith(String.raw`\d`) ?? false);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}
