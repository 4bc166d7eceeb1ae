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

/**
 * Those that are named, by their own name or by that of one of their figures; all of them for no name.
 *
 * @throws Error when there is nothing of a name
 */
export function chosenContests(names: readonly string[]): readonly Contest[] {
  const unknown = names.find((name) => !CONTESTS.some((contest) => isCalled(contest, name)));
  if (unknown !== undefined) {
    const known = CONTESTS.map(({ name }) => name).join(', ');
    throw new Error(`There is no contest or figure "${unknown}". There are: ${known}`);
  }
  return names.length === 0 ? CONTESTS : CONTESTS.filter((contest) => names.some((name) => isCalled(contest, name)));
}

const isCalled = ({ name, figures }: Contest, wanted: string) => name === wanted || Object.hasOwn(figures, wanted);
