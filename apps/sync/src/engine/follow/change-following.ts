import type { DiscardAttestation, LogPosition, Session } from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import type { MoveCounts } from '../move/partition-move.js';
import type { RejectCounts } from '../move/reject-groups.js';

/** By the stream's full name. */
export type CountsByStream = Readonly<Record<string, MoveCounts>>;

/** What is durable in the target, together with everything before. */
export interface ChangesReport {
  /** Where the next call goes on (`after`). A place in the log: it says nothing about a record. */
  readonly position: LogPosition;
  /** When the last of the changes was committed, by the source's clock, in milliseconds since 1970; undefined before the first. */
  readonly committedAtMs?: number;
  /** Totals of this call. */
  readonly counts: CountsByStream;
  /** Since the report before. */
  readonly rejects: readonly RejectCounts[];
}

export interface FollowLimits {
  /** Most changes of one batch, which is also one target transaction. Default 20,000. */
  readonly batchRows: number;
  /** Bytes of changes at which they are handed over. Default 4 MiB. */
  readonly batchBytes: number;
  /** A larger change stops the following. Default 32 MiB. */
  readonly maxRecordBytes: number;
  /** Records of one batch that may be refused before the following stops with `too-many-refused`. Default 10,000. */
  readonly maxRefusedPerBatch: number;
  /** Fingerprints kept per group of rejects. Default 10. */
  readonly rejectSamples: number;
  /** Least time between two reports, in milliseconds. What was written since is written again after a crash. Default 500. */
  readonly reportEveryMs: number;
}

/** What the source says of a feed before its first change. */
export interface OpenedFeed {
  /** Everything committed after this position will be told; what was committed before is for the snapshot. */
  readonly start: LogPosition;
  /** Whether this call created the feed. False also where an earlier call created it and died before its snapshot was read. */
  readonly created: boolean;
}

export interface ChangeFollowing {
  readonly streams: readonly CompiledStream[];
  readonly source: Session;
  readonly target: Session;
  /** Names the feed at the source: at most 50 lower-case letters, digits and underscores. */
  readonly feed: string;
  /** The last reported position; undefined for a new feed. */
  readonly after?: LogPosition;
  /** Ends once everything committed up to here is durable. Without it only `signal` or a failure ends it. */
  readonly upTo?: LogPosition;
  /** Transactions that carry this mark at the source are left out: what another pipeline of ours wrote there. */
  readonly ignoreMark?: string;
  /** Marks our transactions in the target for a feed that comes back from there. */
  readonly originMark?: string;
  /** Names the write across attempts: see `WriteRequest.writeId`. */
  readonly writeId: string;
  readonly signal: AbortSignal;
  /**
   * Called once the feed exists and before its first change is read: the moment to read the snapshot of each stream that
   * the caller does not know to be read already. The source keeps its log meanwhile.
   */
  readonly beforeChanges?: (feed: OpenedFeed) => Promise<void>;
  /**
   * Called in order and never concurrently. The source is told only after it resolved. Throw to stop (a lost fence, for
   * instance).
   */
  readonly onCheckpoint: (report: ChangesReport) => Promise<void>;
  readonly limits?: Partial<FollowLimits>;
}

export interface ChangesResult {
  readonly counts: CountsByStream;
  /** Every reject of the call. */
  readonly rejected: readonly RejectCounts[];
  /** The last reported position; undefined when none was. */
  readonly position?: LogPosition;
  readonly discard: DiscardAttestation;
}
