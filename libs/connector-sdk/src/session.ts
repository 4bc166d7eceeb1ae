import type { Batch, Slab } from './batch/slab.js';
import type { SlabPool } from './batch/slab-pool.js';
import type { ChangeLog } from './changes.js';
import type { ProjectedField, ReadLimits } from './projection.js';
import type { CellKind } from './schema/cell-kind.js';
import type { SystemSchema, WriteMode } from './schema/stream-schema.js';

/** What `check` found. `problems` are sentences for the person who set the connection up. */
export interface CheckResult {
  readonly ok: boolean;
  /** Name and version of the system, such as `PostgreSQL 18.4`. */
  readonly system: string;
  /** Permissions or scopes that are missing, in the system's own words. */
  readonly missing: readonly string[];
  /** Whether the connection is encrypted. */
  readonly encrypted: boolean;
}

export interface Estimate {
  readonly records?: number;
  readonly bytes?: number;
}

/**
 * A position in the order in which a stream is read: the key's values in text form, in key order; of a source that knows
 * no keys whatever it needs to find the place again. Sealed wherever it is stored.
 */
export type KeyPosition = readonly string[];

/** Which part of the order is read. A position may be shorter than the key: it then speaks of the leading fields alone. */
export interface KeyBounds {
  /** Inclusive. Where an incremental read starts: the last cursor less the look-back. */
  readonly from?: KeyPosition;
  /** Exclusive for a unique key and inclusive otherwise, because records of equal key must not be lost. */
  readonly after?: KeyPosition;
  /** Inclusive. */
  readonly upTo?: KeyPosition;
}

export const FILTER_OPERATORS = ['equals', 'not', 'below', 'atMost', 'above', 'atLeast', 'in', 'isNull'] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** A condition that a record must meet to be read at all. Several are joined by "and". */
export interface FieldFilter {
  readonly field: string;
  readonly operator: FilterOperator;
  /** In text form: one value, any number for `in`, and `true` or `false` for `isNull`. */
  readonly values: readonly string[];
}

/** A part of a stream, read in the order of its key. */
export interface Partition {
  readonly stream: string;
  readonly projection: readonly ProjectedField[];
  /**
   * Fields that order the records; each is also in the projection. The primary key, or the cursor and then the primary
   * key. Empty for a stream that is read in an order of its own (`StreamCapabilities.ownOrder`), and for one that has no
   * order at all: such a read starts over when it is interrupted.
   */
  readonly key: readonly string[];
  /** Whether the source guarantees that no two records have the same key. */
  readonly uniqueKey: boolean;
  readonly bounds: KeyBounds;
  /** Default: every record. */
  readonly filter?: readonly FieldFilter[];
  /**
   * Whether texts of the key are ordered by their UTF-8 bytes, whatever the system's own collation, so that the listings of
   * two systems can be merged. Default false.
   */
  readonly bytewise?: boolean;
}

export interface ReadRequest {
  readonly partition: Partition;
  readonly limits: ReadLimits;
  /** Where batches take their buffers from, so that the framework can count and wipe them. */
  readonly slabs: SlabPool;
  readonly signal: AbortSignal;
}

/** A batch as read, with the position of its last record: the framework's checkpoint. */
export interface ReadBatch {
  readonly batch: Slab;
  readonly lastKey: KeyPosition;
}

export interface TargetColumn {
  readonly name: string;
  readonly kind: CellKind;
  /** Type to create the column with when the target does not exist; otherwise only a hint. */
  readonly sourceType: string;
  readonly nullable: boolean;
}

/** What becomes of a record whose source record is gone. */
export type DeletedRecords = { readonly kind: 'remove' } | { readonly kind: 'mark'; readonly column: string };

/** How a target may follow a source whose fields change. */
export interface Evolution {
  /** Columns that it lacks are added, where nullable. */
  readonly add: boolean;
  /** Columns are given a type that holds more, as `widens` says; a column is never made narrower. */
  readonly widen: boolean;
}

export interface WriteRequest {
  /**
   * Names this write across the attempts at it. `append` and `replace` keep it in the target, beside the mark of the last
   * committed batch, so that a redelivered batch is not written twice.
   */
  readonly writeId: string;
  /** Schema (or namespace) and name of the target. */
  readonly target: { readonly schema: string; readonly name: string };
  /** The columns in the order of the batches' cells. */
  readonly columns: readonly TargetColumn[];
  /** Target columns that identify a record; may be empty for `append` and `replace`. */
  readonly key: readonly string[];
  readonly mode: WriteMode;
  /** What a deletion does to the target's record; needed for `changes`. */
  readonly deletes?: DeletedRecords;
  /**
   * Whether the target was empty when the run began and these records have keys that nobody else of the run writes: they
   * are probably new. Default false: the writer looks for itself.
   */
  readonly fresh?: boolean;
  /** What may be done to a target whose columns do not suffice. Default: nothing, and such a target is refused. */
  readonly evolve?: Evolution;
  /** A word by which a feed on the target recognises this write as ours (see `ChangesRequest.ignoreMark`). */
  readonly originMark?: string;
  /** 1 for the first attempt at a partition. Only a first attempt may assume that nothing of it was written before. */
  readonly attempt: number;
  /** Records of one batch that may be refused before the writer gives up with `too-many-refused`. */
  readonly maxRefusedPerBatch: number;
  readonly signal: AbortSignal;
}

/** A record of the batch that the target refused. */
export interface RefusedRecord {
  /** Its index in the batch. */
  readonly row: number;
  /** Stable rule, such as `not-null`, `check`, `too-long`, `duplicate-key`. */
  readonly rule: string;
  /** Column, where the system names one. */
  readonly field?: string;
}

export interface BatchCounts {
  readonly inserted: number;
  readonly updated: number;
  /** Records whose target already held exactly these values. */
  /** In the mode `changes` also changes that left nothing to do: what a later one replaced, or a deletion of what is gone. */
  readonly unchanged: number;
  /** Records removed, or marked as removed. */
  readonly deleted?: number;
  /** Records written where the system cannot tell the three apart. */
  readonly unknown: number;
  readonly refused: readonly RefusedRecord[];
}

/** What a mapped batch of changes is, besides its rows. */
export interface AppliedChanges {
  /** Index into `CHANGE_OPERATIONS` of each row. */
  readonly operations: Uint8Array;
  /** Sets of target columns that keep what they have; the first is always empty. */
  readonly absences: readonly (readonly string[])[];
  /** Index into `absences` of each row. A record that the target does not hold is not created from a part of it. */
  readonly absenceOf: Uint8Array;
  /** Whether every record of the target goes first. */
  readonly truncated: boolean;
}

/** Writes batches. Each is committed by itself, so that a redelivered batch has no second effect. */
export interface Writer {
  /** How many `apply` calls may be outstanding; more wait. Results come in call order. */
  readonly window: number;
  /**
   * The mark of the last batch that an earlier attempt of this `writeId` committed; undefined when there was none, or
   * when writing again has no second effect anyway (`upsert`, `update`). Reading goes on behind it.
   */
  readonly committed?: string;
  /**
   * Resolves once the batch is durable in the target. The batch must not change until then. `mark` is the sealed
   * position of its last record: what `committed` answers to the next attempt.
   */
  apply(batch: Batch, mark?: string): Promise<BatchCounts>;
  /** The same for a batch of changes, in the mode `changes` only. */
  applyChanges?(batch: Batch, changes: AppliedChanges): Promise<BatchCounts>;
  /** Waits for outstanding batches, makes a `replace` visible in one step, and closes. */
  close(): Promise<void>;
  /** Drops what is not committed and closes at once. Never rejects. */
  abort(): Promise<void>;
}

/** An open connection to one system. */
export interface Session {
  check(signal: AbortSignal): Promise<CheckResult>;
  /** Streams that the user may see; `streams` narrows it to those names. */
  discover(request: { readonly streams?: readonly string[]; readonly signal: AbortSignal }): Promise<SystemSchema>;
  /** Without reading a record. `partition` is what would be read; where a source cannot tell, it speaks of the stream. */
  estimate(request: {
    readonly stream: string;
    readonly partition?: Partition;
    readonly signal: AbortSignal;
  }): Promise<Estimate>;
  /**
   * The greatest key at this moment, which fixes the upper bound of a run; undefined for an empty stream. For an empty
   * `key`, the end of the stream's own order, undefined where that is not known beforehand.
   */
  lastKey(request: {
    readonly stream: string;
    readonly key: readonly string[];
    readonly filter?: readonly FieldFilter[];
    readonly signal: AbortSignal;
  }): Promise<KeyPosition | undefined>;
  /**
   * Positions that part the records, in the order of the key, into about `parts` equal shares; fewer where that is not
   * known, none for a short stream. A guess is enough: it costs balance, not records. Absent where a source cannot say.
   */
  split?(request: {
    readonly stream: string;
    readonly key: readonly string[];
    readonly filter?: readonly FieldFilter[];
    readonly parts: number;
    readonly signal: AbortSignal;
  }): Promise<readonly KeyPosition[]>;
  read(request: ReadRequest): AsyncIterable<ReadBatch>;
  /** The system's log of changes; undefined where it keeps none. */
  readonly log?: ChangeLog;
  write(request: WriteRequest): Promise<Writer>;
  /** Gives the credential back where the provider supports it. Nothing to do for a password. */
  revoke(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
