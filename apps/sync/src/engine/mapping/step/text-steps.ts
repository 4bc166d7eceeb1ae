import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { StepSettings } from '../../document/field-step.js';
import { Refusal } from '../cell/mapping-rule.js';
import { charactersOf } from './characters.js';
import { type StepDefinition, TEXT, textStep } from './step-plan.js';

/** Longest text that a step may make, in UTF-16 units: what a record may have in bytes (`MoveLimits.maxRecordBytes`). */
export const MAX_RESULT_LENGTH = 32 * 1024 * 1024;

const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'’]*/gu;

/** White space at both ends, as the language sees it: Unicode's, line ends and the byte order mark. */
export const trim: StepDefinition<true> = { takes: TEXT, plan: () => textStep((text) => text.trim()) };

export const changeCase: StepDefinition<StepSettings['case']> = {
  takes: TEXT,
  plan: (to) => {
    if (to === 'title') return textStep((text) => text.replace(WORD, titled));
    return textStep(to === 'upper' ? (text) => text.toUpperCase() : (text) => text.toLowerCase());
  },
};

function titled(word: string): string {
  const first = String.fromCodePoint(word.codePointAt(0)!);
  return first.toUpperCase() + word.slice(first.length).toLowerCase();
}

export const replace: StepDefinition<StepSettings['replace']> = {
  takes: TEXT,
  plan: ({ text, pattern, with: replacement }) => {
    if (text !== undefined) return { kind: 'text', bind: () => replaceText(text, replacement) };
    const compiled = compilePattern(pattern!);
    if (!compiled) return { path: ['pattern'], fault: 'This is no regular expression in RE2 syntax.' };
    const groups = compiled.groupCount();
    const unknown = [...replacement.matchAll(/\$(\$|\d|)/g)].find(
      ([, sign]) => sign === '' || (sign !== '$' && Number(sign) > groups),
    );
    if (unknown)
      return {
        path: ['with'],
        fault: `"$" stands before the number of a group (up to ${groups}) or before another "$".`,
      };
    // The engine calls the whole match `$&`.
    const template = replacement.replaceAll(/\$[$\d]/g, (sign) => (sign === '$0' ? '$&' : sign));
    return { kind: 'text', bind: () => replacePattern(compiled, template) };
  },
};

function replaceText(text: string, replacement: string) {
  return (value: unknown) => {
    const parts = (value as string).split(text);
    const length = (value as string).length + (parts.length - 1) * (replacement.length - text.length);
    return length > MAX_RESULT_LENGTH ? Refusal.of('too-long') : parts.join(replacement);
  };
}

function replacePattern(pattern: RE2JS, replacement: string) {
  return (value: unknown) => {
    const text = value as string;
    // A group may stand several times in the replacement, and each may hold the whole text.
    const most = (text.length + 1) * (replacement.length + 1);
    if (most > MAX_RESULT_LENGTH && text.length > MAX_PATTERN_TEXT) return Refusal.of('too-long');
    const result = pattern.matcher(text).replaceAll(replacement);
    return result.length > MAX_RESULT_LENGTH ? Refusal.of('too-long') : result;
  };
}

/** Longer texts are only given to patterns whose result is surely short enough. In UTF-16 units. */
const MAX_PATTERN_TEXT = 64 * 1024;

function compilePattern(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return undefined;
    throw error;
  }
}

export const split: StepDefinition<StepSettings['split']> = {
  takes: TEXT,
  plan: ({ separator, index }) => ({
    kind: 'text',
    mayGiveNull: true,
    bind: () => (value) => (value as string).split(separator).at(index) ?? null,
  }),
};

export const substring: StepDefinition<StepSettings['substring']> = {
  takes: TEXT,
  plan: ({ start, length }) =>
    textStep((text) => {
      const characters = charactersOf(text);
      const from = start < 0 ? Math.max(characters.length + start, 0) : start;
      return characters.slice(from, length === undefined ? undefined : from + length).join('');
    }),
};
