import type { Slab } from './batch/slab.js';
import type { SlabPool } from './batch/slab-pool.js';
import type { ProjectedField, ReadLimits } from './projection.js';

/** What happened to a record, in the words of the log. A key that changed is a deletion and an insertion. */
export const CHANGE_OPERATIONS = ['insert', 'update', 'delete'] as const;
export type ChangeOperation = (typeof CHANGE_OPERATIONS)[number];

/** A place in a system's log of changes, in the system's own notation (PostgreSQL: an LSN). Says nothing about a record. */
export type LogPosition = string;

/** One stream that a feed tells of. */
export interface FollowedStream {
  readonly stream: string;
  readonly projection: readonly ProjectedField[];
  /** Fields that identify a record, each also in the projection. The log must tell them for a deletion too. */
  readonly key: readonly string[];
  /**
   * Fields that must be told with every insertion and update, because others are computed with them: where the log does
   * not repeat one, the record is read again as it is now. Default: none.
   */
  readonly whole?: readonly string[];
}

export interface ChangesRequest {
  /**
   * Names the feed at the source, at most 50 lower-case letters, digits and underscores. The source keeps its log for a
   * feed until `confirm`, so a feed that nobody needs any more must be dropped.
   */
  readonly feed: string;
  readonly streams: readonly FollowedStream[];
  /** Exclusive: where the last confirmed batch ended. Without it the feed goes on from what was confirmed last. */
  readonly after?: LogPosition;
  /** Inclusive: the feed ends once everything committed up to here was told. Without it, it goes on until it is closed. */
  readonly upTo?: LogPosition;
  /** Transactions that our own writer marked with this word are left out, so that a write-back does not come back. */
  readonly ignoreMark?: string;
  readonly limits: ReadLimits;
  readonly slabs: SlabPool;
  readonly signal: AbortSignal;
}

/**
 * Changes of one stream in the order in which they were committed. Between two positions, changes of several streams
 * come in batches of their own, so their order among one another is lost there; each stream keeps its own.
 */
export interface ChangeBatch {
  readonly stream: string;
  /** A row per change, its cells in the projection's order: the new values; of a deletion the key's cells, the rest null. */
  readonly batch: Slab;
  /** Index into `CHANGE_OPERATIONS` of each row. */
  readonly operations: Uint8Array;
  /**
   * Sets of projected fields that the log did not repeat because they did not change: the target keeps what it has. Their
   * cells are null. The first set is always empty.
   */
  readonly absences: readonly (readonly string[])[];
  /** Index into `absences` of each row; 0 for insertions and deletions. */
  readonly absenceOf: Uint8Array;
  /** Whether every record of the stream was removed before the first row. */
  readonly truncated: boolean;
  /** Where the feed goes on once this batch and all before it are durable; undefined in the middle of a transaction. */
  readonly position?: LogPosition;
  /** When the last of the changes was committed, by the source's clock, in milliseconds since 1970. */
  readonly committedAtMs: number;
}

/** An open feed. Iterate it once. Leaving the iteration early closes it; at its end, confirm what is durable and close it. */
export interface ChangeFeed extends AsyncIterable<ChangeBatch> {
  /** Everything committed after this position comes through the feed; what was committed before is for a snapshot. */
  readonly start: LogPosition;
  /** Whether the feed was created by this call, so that a snapshot has to be read first. */
  readonly created: boolean;
  /** The position up to which everything has been told or does not concern the streams; grows also while nothing happens. */
  readonly reached: LogPosition;
  /** Says that everything up to `position` is durable in the target: the source may forget its log up to there. */
  confirm(position: LogPosition): void;
  close(): Promise<void>;
}

/** What a session can do whose system keeps a log of changes. */
export interface ChangeLog {
  /** Opens the feed of that name, creating it when there is none. */
  follow(request: ChangesRequest): Promise<ChangeFeed>;
  /** The end of the log at this moment. */
  logEnd(signal: AbortSignal): Promise<LogPosition>;
  /** Removes a feed and whatever the source keeps for it; nothing happens when there is none. */
  dropFeed(feed: string, signal: AbortSignal): Promise<void>;
}
