import type { Finding } from './finding.js';

/** Hashes by index that did not match: those computed from the leaves, and those stored beside them. */
export interface Mismatches {
  /** Index to hex hash of the leaf found there. */
  readonly leaves: ReadonlyMap<number, string>;
  /** Index to hex hash stored for it. */
  readonly stored: ReadonlyMap<number, string>;
}

/** A leaf found at `index` whose hash is stored for `belongsAt`. */
interface Moved {
  readonly index: number;
  readonly belongsAt: number;
}

/**
 * Names what was done to rows whose leaf and stored hash differ, by matching the two like versions of a text: a leaf unknown
 * where an unknown hash is was changed in place; leaves that only shifted along show where a row was inserted or
 * removed; leaves out of their order were moved.
 */
export function alignLeaves({ leaves, stored }: Mismatches): Finding[] {
  const places = new Map([...stored].map(([index, hash]) => [hash, index]));
  const moved: Moved[] = [];
  const unknownLeaves = new Set<number>();
  for (const [index, hash] of leaves) {
    const belongsAt = places.get(hash);
    if (belongsAt === undefined) unknownLeaves.add(index);
    else moved.push({ index, belongsAt });
  }
  const claimed = new Set(moved.map(({ belongsAt }) => belongsAt));
  const unclaimed = new Set([...stored.keys()].filter((index) => !claimed.has(index)));
  const findings: Finding[] = [];
  for (const index of unknownLeaves) {
    if (!unclaimed.delete(index)) continue;
    unknownLeaves.delete(index);
    findings.push({ kind: 'changed', index, what: 'unknown' });
  }
  // Without anything added or gone, every leaf that is elsewhere was moved; otherwise only those out of order were.
  const shifted = unknownLeaves.size > 0 || unclaimed.size > 0 ? longestInOrder(moved) : new Set<Moved>();
  for (const move of moved) if (!shifted.has(move)) findings.push({ kind: 'reordered', ...move });
  for (const index of unknownLeaves)
    findings.push(stored.has(index) ? { kind: 'inserted', index } : missing(index, 'hash'));
  for (const index of unclaimed) findings.push(missing(index, leaves.has(index) ? 'row' : 'leaf'));
  return findings;
}

function missing(index: number, what: 'row' | 'leaf' | 'hash'): Finding {
  return { kind: 'missing', from: index, to: index, what };
}

/** A longest selection whose places rise with their indices (patience sorting, O(n log n)). */
function longestInOrder(moved: readonly Moved[]): Set<Moved> {
  const ordered = [...moved].sort((a, b) => a.index - b.index);
  const tops: number[] = [];
  const previous: number[] = [];
  for (const [at, { belongsAt }] of ordered.entries()) {
    const pile = lowerBound(tops, (top) => ordered[top]!.belongsAt < belongsAt);
    previous[at] = pile > 0 ? tops[pile - 1]! : -1;
    tops[pile] = at;
  }
  const selected = new Set<Moved>();
  for (let at = tops.at(-1) ?? -1; at >= 0; at = previous[at]!) selected.add(ordered[at]!);
  return selected;
}

/** The first position whose element is not below. */
function lowerBound(values: readonly number[], isBelow: (value: number) => boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBelow(values[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
