import type { Writer } from '@millrace/connector-sdk';
import { countsSince, NOTHING_MOVED } from './move-counts.js';
import type { Checkpoint, MoveCounts, PartitionMove } from './partition-move.js';

/** Where an attempt begins and what it inherits from the one before. */
export interface Resumption {
  readonly from?: Checkpoint;
  /** What the target has of an earlier attempt and nobody was told of. */
  readonly carried: MoveCounts;
  /** Whether nothing of earlier attempts is left. */
  readonly startedOver: boolean;
}

/**
 * A target that remembers is believed: what it committed is there, whatever was reported. Where writing again has no
 * second effect, the last report is where reading goes on.
 */
export function resumptionOf(move: PartitionMove, writer: Writer): Resumption {
  const { resumeFrom, marks, attempt, stream } = move;
  if (writer.committed !== undefined) {
    const committed = marks.open(writer.committed);
    const reported = resumeFrom?.attempt === committed.attempt ? resumeFrom.counts : NOTHING_MOVED;
    return { from: committed, carried: countsSince(committed.counts, reported), startedOver: false };
  }
  if (stream.mode === 'replace') return { carried: NOTHING_MOVED, startedOver: attempt > 1 };
  return { ...(resumeFrom ? { from: resumeFrom } : {}), carried: NOTHING_MOVED, startedOver: false };
}
