import { type JSONPathQuery, JSONPathEnvironment, JSONPathError } from 'json-p3';
import type { StepSettings } from '../../document/field-step.js';
import type { Outcome } from '../cell/cell-value.js';
import { Refusal } from '../cell/mapping-rule.js';
import type { StepDefinition } from './step-plan.js';

/** Digits in a row that a double may not hold. */
const LONG_NUMBER = /\d{16}|\d\.\d{15}|\d[eE]/;

type Json = ReturnType<typeof JSON.parse>;
type Place = readonly (string | number)[];

/** `match` and `search` would run a pattern over a record with an engine that can take for ever. */
const environment = new JSONPathEnvironment();
environment.functionRegister.delete('match');
environment.functionRegister.delete('search');

export const jsonPath: StepDefinition<StepSettings['jsonPath']> = {
  takes: ['text', 'json', 'jsonb'],
  hint: 'Put "cast: text" before it.',
  plan: (settings) => {
    const { path, all = false } = typeof settings === 'string' ? { path: settings } : settings;
    const at = typeof settings === 'string' ? [] : ['path'];
    const query = compile(path);
    if (!query) return { path: at, fault: 'This is no JSONPath (RFC 9535); "match" and "search" are not offered.' };
    return {
      kind: all ? 'json' : 'text',
      mayGiveNull: !all,
      bind: () => (value) => resultOf(query, value as string, all),
    };
  },
};

function compile(path: string): JSONPathQuery | undefined {
  try {
    return environment.compile(path);
  } catch (error) {
    if (error instanceof JSONPathError) return undefined;
    throw error;
  }
}

function resultOf(query: JSONPathQuery, text: string, all: boolean): Outcome {
  let document: Json;
  try {
    document = JSON.parse(text);
  } catch {
    return Refusal.of('not-json');
  }
  const { nodes } = query.query(document);
  const exact = nodes.length > 0 && LONG_NUMBER.test(text) ? JSON.parse(text, withDigits) : document;
  const found = nodes.map(({ location }) => at(exact, location));
  if (all) return JSON.stringify(found);
  if (found.length > 1) return Refusal.of('several-results');
  const [only = null] = found;
  return only === null || typeof only === 'string' ? only : JSON.stringify(only);
}

function at(document: Json, place: Place): Json {
  return place.reduce((inside, step) => inside[step], document);
}

/** The reviver keeps a number as it was written, so that long ones lose no digit on their way out. */
function withDigits(this: unknown, _key: string, value: Json, context?: { readonly source?: string }): Json {
  return typeof value === 'number' && context?.source !== undefined ? rawJson(context.source) : value;
}

/** ECMAScript's "JSON.parse source text access", which TypeScript does not describe yet. */
const rawJson = (JSON as unknown as { rawJSON: (text: string) => Json }).rawJSON;
