import type { Charter, ProbeName, ProbeParameters } from '@millrace/charter';
import type { ContextName } from '@millrace/contracts';
import type { z } from 'zod';

/** JSON without a person in it: what is stored, shown on the board and hashed into the ledger. */
export type Evidence = Readonly<Record<string, unknown>>;

/**
 * What a probe found. `unproven` when the running region cannot tell: a service did not answer, or holds nothing that
 * the promise is about. Never is silence taken for a kept promise.
 */
export interface Verdict {
  readonly state: 'kept' | 'broken' | 'unproven';
  /** One sentence for the board's reader. */
  readonly reason: string;
  readonly evidence: Evidence;
}

/** Asks the services of the region for evidence, over the same way as every other call. */
export interface Ask {
  /** One service's answer. @throws Unanswered when it gives none, or one of another shape */
  service<S extends z.ZodType>(
    context: ContextName,
    question: string,
    shape: S,
    parameters?: Evidence,
  ): Promise<z.output<S>>;
  /** Every service's answer; one that is missing makes the whole unanswered. */
  everyService<S extends z.ZodType>(question: string, shape: S, parameters?: Evidence): Promise<Answer<z.output<S>>[]>;
}

export type Answer<T> = T & { readonly context: ContextName };

/** The circumstances of an examination. */
export interface Setting {
  readonly charter: Charter;
  readonly now: Date;
}

/** Why a question has no answer; makes the promises that depend on it unproven. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

export interface Probe<Name extends ProbeName = ProbeName> {
  readonly name: Name;
  examine(parameters: ProbeParameters<Name>, ask: Ask, setting: Setting): Promise<Verdict>;
}

/** Defines the probe of a name that the charter's catalogue declares. */
export function probe<Name extends ProbeName>(name: Name, examine: Probe<Name>['examine']): Probe<Name> {
  return { name, examine };
}

/** Faults that a reason names at most; the evidence has them all. */
const NAMED_FAULTS = 3;

/** Kept for the reason given when there is no fault; broken, naming the first faults, otherwise. */
export function verdictOf(faults: readonly string[], reason: string, evidence: Evidence): Verdict {
  if (faults.length === 0) return { state: 'kept', reason, evidence };
  const more = faults.length > NAMED_FAULTS ? `; and ${faults.length - NAMED_FAULTS} more` : '';
  return { state: 'broken', reason: `${faults.slice(0, NAMED_FAULTS).join('; ')}${more}`, evidence };
}

export function unproven(reason: string, evidence: Evidence = {}): Verdict {
  return { state: 'unproven', reason, evidence };
}
