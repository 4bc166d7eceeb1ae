import type { Charter, CharterPromise, EvidenceKind } from '@millrace/charter';
import type { Output, readBoard } from '@millrace/contracts';
import { addDuration, parseDuration } from '@millrace/kernel';
import type { Evidence, Verdict } from '../probe/probe.js';
import { digestOf } from './digest.js';

export type Board = Output<typeof readBoard>;

/** The newest finding of a probe with its parameters. */
export interface Finding extends Verdict {
  readonly at: Date;
}

/** What identifies the question that a promise asks: promises with the same key share one finding. */
export const questionKey = (probe: string, parameters: Evidence) => `${probe} ${digestOf(parameters)}`;

/** Every promise of the charter with its state: nothing is kept without fresh evidence. */
export function boardOf(charter: Charter, findings: ReadonlyMap<string, Finding>, now: Date): Board {
  const promises = charter.promises.map((promise) => stateOf(promise, findings, now));
  const count = (state: Board['promises'][number]['state']) => promises.filter((one) => one.state === state).length;
  const counts = { kept: count('kept'), stale: count('stale'), broken: count('broken'), unproven: count('unproven') };
  return { charter: charter.name, version: charter.version, counts, promises };
}

function stateOf(
  promise: CharterPromise,
  findings: ReadonlyMap<string, Finding>,
  now: Date,
): Board['promises'][number] {
  const { id, sentence: text, probe } = promise;
  if (!probe) return { id, text, state: 'unproven', reason: whatIsMissing(promise.evidence) };
  const found = findings.get(questionKey(probe, promise.with));
  if (!found) return { id, text, state: 'unproven', reason: 'The probe has not run under this charter yet.', probe };
  const { reason, evidence, at } = found;
  const shown = { id, text, probe, evidence: { ...evidence } as never, evidenceAt: at.toISOString() };
  if (found.state !== 'kept' || !isOld(at, promise.freshFor, now)) return { ...shown, state: found.state, reason };
  return {
    ...shown,
    state: 'stale',
    reason: `It held when it was last looked at, which is longer ago than ${promise.freshFor}.`,
  };
}

function isOld(at: Date, freshFor: string, now: Date): boolean {
  const duration = parseDuration(freshFor);
  return !duration || addDuration(at, duration) < now;
}

/** Why a promise without a probe is unproven, by what could show it. */
function whatIsMissing(kinds: readonly EvidenceKind[]): string {
  if (kinds.includes('doc')) return 'A document of the operator would show it; none has been supplied.';
  if (kinds.some((kind) => kind === 'test' || kind === 'scan'))
    return 'A signed report of the release would show it; none has been supplied.';
  return 'No probe asks the running region about it yet.';
}
