import type { Batch, DeletedRecords, Evolution, Partition, Slab, TargetColumn } from '@millrace/connector-sdk';
import type { Writing } from '../document/stream-reading.js';
import type { MetricPlan } from '../measure/metric-plan.js';
import type { CursorPlan } from './plan-reading.js';

/** A record that the mapping refused. */
export interface RejectedRecord {
  /** Its row in the batch as read. */
  readonly sourceRow: number;
  /** The target column whose value could not be made. */
  readonly field: string;
  /** Stable rule, such as `not-a-number` or `out-of-range`. */
  readonly rule: string;
  /** Keyed fingerprint of the record's key. */
  readonly fingerprint: string;
}

/** Maps a batch as read to a batch as written. Not to be shared by two batches at the same time. */
export type Transform = (source: Batch, out: Slab) => TransformResult;

export interface TransformResult {
  readonly rejected: readonly RejectedRecord[];
  /** Cells that became null because the document says so for a value that cannot be mapped. */
  readonly nulled: number;
}

/** What following a log needs to know of a mapping, since a change does not always tell a whole record. */
export interface ChangesPlan {
  /** Source fields of which each column is made. */
  readonly reads: readonly (readonly string[])[];
  /** Source fields without which the columns made of them would come out wrong or be refused. */
  readonly whole: readonly string[];
}

/** One stream of a pipeline with everything resolved; holds no record and no credential. */
export interface CompiledStream {
  /** Index in the document's `streams`. */
  readonly index: number;
  /** Full name of the source stream. */
  readonly name: string;
  readonly target: { readonly schema: string; readonly name: string };
  /** How records are written. */
  readonly mode: Writing;
  /** What a deletion at the source does in the target; nothing where undefined. */
  readonly deletes?: DeletedRecords;
  /** What may be done to a target whose columns do not suffice. */
  readonly evolve?: Evolution;
  /** What is read when all of it is: everything but the bounds. */
  readonly partition: Omit<Partition, 'bounds'>;
  /** Whether positions are the source's own, the key being empty. */
  readonly ownOrder: boolean;
  /** The field by which later runs read what changed. */
  readonly cursor?: CursorPlan;
  readonly columns: readonly TargetColumn[];
  /** Target columns of the key. */
  readonly key: readonly string[];
  /** Target columns that hold a keyed hash. */
  readonly hashed: readonly string[];
  /** Source fields that are not read: dropped by the document or not named in it. */
  readonly dropped: readonly string[];
  readonly transform: Transform;
  /** Maps deletions, of which the key alone is known; undefined where `transform` does that too. */
  readonly transformDeletions?: Transform;
  readonly changes: ChangesPlan;
  /** What is measured of the mapped records. */
  readonly metrics: readonly MetricPlan[];
  /** Fingerprint of a written record's key. */
  readonly fingerprint: (batch: Batch, row: number) => string;
}
