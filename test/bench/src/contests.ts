import type { Contest } from './contest.js';
import { changes } from './contest/changes.js';
import { fullLoad } from './contest/full-load.js';
import { hashedLoad } from './contest/hashed-load.js';
import { incremental } from './contest/incremental.js';
import { memory } from './contest/memory.js';
import { peers } from './contest/peers.js';
import { pipelines } from './contest/pipelines.js';
import { resumable } from './contest/resumable.js';
import { twoWorkers } from './contest/two-workers.js';
import { upsert } from './contest/upsert.js';

/** Everything that is measured, in the order of the table; what needs the same rows stands together. */
export const CONTESTS: readonly Contest[] = [
  fullLoad,
  hashedLoad,
  upsert,
  resumable,
  peers,
  incremental,
  changes,
  memory,
  twoWorkers,
  pipelines,
];

/** @throws Error when a name is not one of a contest */
export function chosenContests(names: readonly string[]): readonly Contest[] {
  const known = CONTESTS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no contest "${unknown}". There are: ${known.join(', ')}`);
  return names.length === 0 ? CONTESTS : CONTESTS.filter(({ name }) => names.includes(name));
}
