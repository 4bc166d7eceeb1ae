import type { Reject } from '@millrace/contracts';

/** Fingerprints kept per group. */
const MAX_SAMPLES = 10;

/** Rejects of several attempts, one entry per stage, field and rule. */
export function mergeRejects(all: readonly Reject[]): Reject[] {
  const merged = new Map<string, Reject>();
  for (const one of all) {
    const key = `${one.stage}\0${one.field ?? ''}\0${one.rule}`;
    const before = merged.get(key);
    const fingerprints = [...new Set([...(before?.fingerprints ?? []), ...one.fingerprints])].slice(0, MAX_SAMPLES);
    merged.set(key, { ...one, count: (before?.count ?? 0) + one.count, fingerprints });
  }
  return [...merged.values()];
}
