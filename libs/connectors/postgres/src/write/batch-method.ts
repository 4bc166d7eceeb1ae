import type { Batch } from '@millrace/connector-sdk';
import type { Lane } from './lane.js';
import type { Tally } from './tally.js';

/** Writes one batch over a lane that is its own meanwhile. */
export type WriteBatch = (lane: Lane, batch: Batch, tally: Tally) => Promise<void>;

/** How batches reach the target: by key, or in marked transactions. */
export interface BatchMethod {
  /**
   * Called in the order of the batches, before a lane is free for this one; `mark` is the sealed position of its last
   * record.
   */
  begin(mark?: string): WriteBatch;
}
