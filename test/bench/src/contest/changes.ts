import { measureChanges } from '../changes.js';
import type { Contest } from '../contest.js';

/** Rows a second through the source's own log, and how late the last of them is. */
export const changes: Contest = {
  name: 'changes',
  figures: {
    cdc_changes_per_s: {
      work: 'changes from the log of the source into the target',
      unit: 'changes/s',
      atLeast: 20_000,
      aim: 30_000,
    },
    cdc_lag_p99_ms: {
      work: 'from the commit at the source to that at the target, 99th percentile',
      unit: 'ms',
      atMost: 1_000,
    },
  },
  measure: async () => ({ ...(await measureChanges()) }),
};
