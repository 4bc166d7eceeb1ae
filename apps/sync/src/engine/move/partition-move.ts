import type { Batch, DiscardAttestation, KeyBounds, KeyPosition, Session } from '@millrace/connector-sdk';
import type { ReadingOrder, RejectedRange } from './rejected-ranges.js';
import type { Limit } from '../document/run-limits.js';
import type { CompiledStream } from '../mapping/compiled-stream.js';

/**
 * Where a partition can be resumed. Its values come from the source's key: seal it wherever it is stored. With the
 * totals of its attempt, so that what the target has and nobody was told of any more is still counted.
 */
export interface Checkpoint {
  readonly version: 1;
  /** Key of the last record that is durable in the target, together with all before it. */
  readonly after: KeyPosition;
  readonly attempt: number;
  readonly counts: MoveCounts;
}

/** Seals checkpoints that the target keeps itself, and opens them again. */
export interface MarkSealer {
  seal(checkpoint: Checkpoint): string;
  open(mark: string): Checkpoint;
}

/** Running totals of one attempt at a partition. */
export interface MoveCounts {
  /** Records read from the source. */
  readonly read: number;
  /** Records that are durable in the target: the sum of the five below. */
  readonly written: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Written, but the target could not say how. */
  readonly unknown: number;
  /** Removed or marked in the target, because the source deleted them. */
  readonly deleted: number;
  readonly rejected: number;
  /** Cells that became null because their cast failed and the document says so. */
  readonly nulled: number;
  /** Bytes read, in the batch encoding. */
  readonly bytes: number;
}

/** Rejects of one batch that share field and rule. Never a value; `bounds` (to be sealed) let a replay read them again. */
export interface RejectGroup {
  readonly stream: string;
  readonly stage: 'mapping' | 'target';
  readonly field?: string;
  readonly rule: string;
  readonly count: number;
  /** Keyed fingerprints of the first records' keys, at most `limits.rejectSamples`. */
  readonly fingerprints: readonly string[];
  readonly bounds: KeyBounds;
}

/** What happened since the checkpoint before. */
export interface CheckpointReport {
  readonly checkpoint: Checkpoint;
  /** Totals of this attempt up to the checkpoint. */
  readonly counts: MoveCounts;
  readonly rejects: readonly RejectGroup[];
  /** The rejected records of the batch, if there were any. */
  readonly rejectedRange?: RejectedRange;
  /** Whether this attempt could not go on where an earlier one stopped, so that the earlier one's counts are void. */
  readonly startedOver: boolean;
}

export interface MoveLimits {
  /** Records of one batch, which is also one target transaction and one checkpoint. Default 20,000. */
  readonly batchRows: number;
  /** Bytes at which a batch ends early. Default 4 MiB. */
  readonly batchBytes: number;
  /** A larger record stops the partition. Default 32 MiB. */
  readonly maxRecordBytes: number;
  /** Rejected records of the attempt above which it stops with `too-many-refused`. Default 10,000. */
  readonly rejected: Limit;
  /** Changed records, of those that the target had, above which it stops with `too-many-changed`. Default: none. */
  readonly changed?: Limit;
  /** Fingerprints kept per group. Default 10. */
  readonly rejectSamples: number;
}

export interface PartitionMove {
  readonly stream: CompiledStream;
  readonly source: Pick<Session, 'read'>;
  readonly target: Pick<Session, 'write'>;
  /** In which order it is read, and so what its bounds and checkpoints speak of. */
  readonly order: ReadingOrder;
  /** Fixed by the planner at the start of the run. */
  readonly bounds: KeyBounds;
  /** Whether the target was empty when the run began: see `WriteRequest.fresh`. */
  readonly fresh?: boolean;
  /** Last reported checkpoint of an earlier attempt. */
  readonly resumeFrom?: Checkpoint;
  readonly marks: MarkSealer;
  /** Told of each batch that was mapped, unless the attempt goes on where an earlier one stopped. */
  readonly onMapped?: (mapped: Batch) => void;
  /** Names the write across attempts: see `WriteRequest.writeId`. */
  readonly writeId: string;
  /** A word by which a feed on the target recognises a write-back as ours. */
  readonly originMark?: string;
  /** 1 for the first attempt. A higher number always merges, whatever the target holds. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  /**
   * Called after each batch is durable, in order and never concurrently; the next batches move on meanwhile, but at
   * most a few. Throw to stop the partition (a lost fence, for instance).
   */
  readonly onCheckpoint: (report: CheckpointReport) => Promise<void>;
  readonly limits?: Partial<MoveLimits>;
}

export interface PartitionResult {
  readonly counts: MoveCounts;
  /** Every reject of the attempt by stage, field and rule. */
  readonly rejected: readonly Omit<RejectGroup, 'bounds'>[];
  /** Position of the last record; undefined when there was none. */
  readonly checkpoint?: Checkpoint;
  readonly startedOver: boolean;
  /** Whether this one attempt read all of it, from the beginning of the bounds. */
  readonly isWhole?: boolean;
  readonly discard: DiscardAttestation;
}
