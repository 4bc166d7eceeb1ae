import type { MoveCounts } from './partition-move.js';

export const NOTHING_MOVED: MoveCounts = {
  read: 0,
  written: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  unknown: 0,
  deleted: 0,
  rejected: 0,
  nulled: 0,
  bytes: 0,
};

/** `counts` less `earlier`, name by name; never below zero. */
export function countsSince(counts: MoveCounts, earlier: MoveCounts): MoveCounts {
  const names = Object.keys(NOTHING_MOVED) as (keyof MoveCounts)[];
  return Object.fromEntries(
    names.map((name) => [name, Math.max(0, counts[name] - earlier[name])]),
  ) as unknown as MoveCounts;
}
