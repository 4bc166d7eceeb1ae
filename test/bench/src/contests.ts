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
export const syncContests: readonly Contest[] = [
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
