import { z } from 'zod';
import { classificationOf, type Impersonal } from './field.js';
import { type ContextName, contextNames } from './caller.js';

export type EventFields = { readonly orgId: Impersonal<z.ZodString> } & Readonly<Record<string, Impersonal<z.ZodType>>>;

export interface EventKind<F extends EventFields = EventFields> {
  /** `<context>.<aggregate>.<past tense>`. */
  readonly name: string;
  /** Raised when a field's meaning changes; additions keep it. */
  readonly version: number;
  readonly schema: z.ZodObject<F>;
}

export type EventData<E extends EventKind> = z.output<E['schema']>;

/**
 * Declares an event. Its fields are ids, closed words, counts, instants and digests only: there is no free string to put a
 * person into. The type refuses other fields at compile time, this function at boot.
 */
export function event<const F extends EventFields>(name: string, version: number, fields: F): EventKind<F> {
  const context = name.split('.')[0] as ContextName;
  if (!contextNames.includes(context) || name.split('.').length !== 3)
    throw new Error(`Event name ${name} is malformed`);
  for (const [key, schema] of Object.entries(fields)) {
    const kind = classificationOf(schema);
    const impersonal = kind?.classification === 'plain' || kind?.classification === 'pseudonymous';
    if (!impersonal || kind.kind.startsWith('machine-')) {
      throw new Error(`Event ${name}: field ${key} could hold personal data; events carry identifiers, never people`);
    }
  }
  return { name, version, schema: z.object(fields) };
}

/** `evt.<context>.v<version>.<org>.<aggregate>.<event>` */
export function eventSubject(kind: EventKind, orgId: string): string {
  const [context, aggregate, verb] = kind.name.split('.');
  return `evt.${context}.v${kind.version}.${orgId}.${aggregate}.${verb}`;
}

/** CloudEvents 1.0 envelope, JSON format. */
export interface CloudEvent<T = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly dataversion: number;
  readonly data: T;
}
