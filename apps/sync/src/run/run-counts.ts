import type { Counts } from '@millrace/contracts';

export const NO_COUNTS: Counts = {
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

/** The sum of several counters, name by name. */
export function sumCounts(all: readonly Counts[]): Counts {
  const names = Object.keys(NO_COUNTS) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, all.reduce((sum, one) => sum + one[name], 0)])) as Counts;
}
