import type { Batch, Slab } from './batch/slab.js';
import type { SlabPool } from './batch/slab-pool.js';
import type { CellKind } from './schema/cell-kind.js';
import type { SystemSchema } from './schema/stream-schema.js';

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

/** One selected field: nothing else is read. */
export interface ProjectedField {
  readonly field: string;
  /** `as-is` keeps the field's own cell kind; `text` asks for the system's exact text form of the value. */
  readonly as: 'as-is' | 'text';
}

/** A position in the key order: the key's values in text form, in key order. Sealed wherever it is stored. */
export type KeyPosition = readonly string[];

/** `after` is exclusive for a unique key and inclusive otherwise (records of equal key must not be lost); `upTo` is inclusive. */
export interface KeyBounds {
  readonly after?: KeyPosition;
  readonly upTo?: KeyPosition;
}

/** A part of a stream, read in key order. */
export interface Partition {
  readonly stream: string;
  readonly projection: readonly ProjectedField[];
  /** Fields of the key that orders the records; each is also in the projection. */
  readonly key: readonly string[];
  /** Whether the source guarantees that no two records have the same key. */
  readonly uniqueKey: boolean;
  readonly bounds: KeyBounds;
}

export interface ReadLimits {
  /** Most records of one batch. */
  readonly batchRows: number;
  /** A batch ends when it holds this many bytes, whatever its number of records. */
  readonly batchBytes: number;
  /** A larger record is refused with `record-too-large`. */
  readonly maxRecordBytes: number;
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

export interface WriteRequest {
  /** Schema (or namespace) and name of the target. */
  readonly target: { readonly schema: string; readonly name: string };
  /** The columns in the order of the batches' cells. */
  readonly columns: readonly TargetColumn[];
  readonly key: readonly string[];
  readonly mode: 'upsert';
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
  readonly unchanged: number;
  /** Records written where the system cannot tell the three apart. */
  readonly unknown: number;
  readonly refused: readonly RefusedRecord[];
}

/** Writes batches. Each is committed by itself, so that a redelivered batch has no second effect. */
export interface Writer {
  /** How many `apply` calls may be outstanding; more wait. Results come in call order. */
  readonly window: number;
  /** Resolves once the batch is durable in the target. The batch must not change until then. */
  apply(batch: Batch): Promise<BatchCounts>;
  /** Waits for outstanding batches and closes. */
  close(): Promise<void>;
  /** Drops what is not committed and closes at once. Never rejects. */
  abort(): Promise<void>;
}

/** An open connection to one system. */
export interface Session {
  check(signal: AbortSignal): Promise<CheckResult>;
  /** Streams that the user may see; `streams` narrows it to those names. */
  discover(request: { readonly streams?: readonly string[]; readonly signal: AbortSignal }): Promise<SystemSchema>;
  estimate(request: { readonly stream: string; readonly signal: AbortSignal }): Promise<Estimate>;
  /** The greatest key at this moment, which fixes the upper bound of a run; undefined for an empty stream. */
  lastKey(request: {
    readonly stream: string;
    readonly key: readonly string[];
    readonly signal: AbortSignal;
  }): Promise<KeyPosition | undefined>;
  read(request: ReadRequest): AsyncIterable<ReadBatch>;
  write(request: WriteRequest): Promise<Writer>;
  /** Gives the credential back where the provider supports it. Nothing to do for a password. */
  revoke(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
