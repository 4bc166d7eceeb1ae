import type { CellKind } from './cell-kind.js';

/** A first guess, by name and type only, of how personal a field is. A person may correct it; no value is looked at. */
export type PrivacyClass = 'unknown' | 'impersonal' | 'identifier' | 'personal' | 'sensitive' | 'credential';

/** One field of a discovered stream. */
export interface FieldSchema {
  readonly name: string;
  /** The type in the system's own words, with its modifiers: `numeric(10,2)`, `character varying(40)`, `integer[]`. */
  readonly sourceType: string;
  /** The encoding in which the field's cells travel. */
  readonly kind: CellKind;
  readonly nullable: boolean;
  readonly privacy: PrivacyClass;
  /** True for a field that the system computes itself and nobody may write. Default false. */
  readonly generated?: boolean;
  /** True for a field that every new record must give: it may not be null and has no default. Default false. */
  readonly required?: boolean;
}

/** What a stream can do, as data, so that an impossible mapping is refused before the first byte. */
export interface StreamCapabilities {
  readonly read: readonly ReadMode[];
  readonly write: readonly WriteMode[];
  /** Whether only the selected fields leave the source (`request`) or the connector must drop the rest itself. */
  readonly projection: 'request' | 'connector';
  /** Whether deleted records can be seen, and how. */
  readonly deletes: 'none' | 'log' | 'key-listing';
  /** Whether records come in the order of the key, so that a checkpoint is a key. */
  readonly ordered: boolean;
  /**
   * Whether the stream has an order of its own, such as a file's: it is read with an empty `Partition.key`, and its
   * positions are in the source's own words. Default false. With neither order, an interrupted read starts over.
   */
  readonly ownOrder?: boolean;
  /** The only fields by which a `cursor` read may go. Default: any that is never null. */
  readonly cursorFields?: readonly string[];
  /** `request` when the source itself leaves out what `Partition.filter` does not want. Default `none`: a filter is refused. */
  readonly filter?: 'request' | 'none';
  /** Whether a writer can add columns and widen their types when it is asked to (`WriteRequest.evolve`). Default false. */
  readonly evolves?: boolean;
}

/** All of it, what changed since a cursor's value, or what the system's own log of changes tells. */
export type ReadMode = 'snapshot' | 'cursor' | 'log';

/**
 * How records reach a target. `append` adds them, `upsert` inserts new keys and updates changed records, `update` touches
 * existing records only (write-back), `replace` puts the new set in place of the old in one step. Deletions that a log
 * tells of are `changes`: upserts and deletions in the order in which they happened.
 */
export const WRITE_MODES = ['append', 'upsert', 'update', 'replace', 'changes'] as const;
export type WriteMode = (typeof WRITE_MODES)[number];

/** One discovered stream: a table, a view, an object of an API. */
export interface StreamSchema {
  /** The full name by which documents refer to it, such as `public.zip_codes`. */
  readonly name: string;
  readonly sort: 'table' | 'view' | 'object';
  readonly fields: readonly FieldSchema[];
  /** Field names of the primary key in key order; empty when there is none. */
  readonly primaryKey: readonly string[];
  /** Other sets of fields that the system guarantees to be unique (primary key not repeated). */
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly capabilities: StreamCapabilities;
  /** The system's own estimate; undefined when it has none. */
  readonly estimatedRecords?: number;
}

/** Everything that `discover` found. */
export interface SystemSchema {
  readonly streams: readonly StreamSchema[];
  /** How records can reach a stream that does not exist yet and is made by writing to it. Default: in every mode. */
  readonly newStreams?: { readonly write: readonly WriteMode[] };
  /** Most fields that a new stream can have. Default: as many as a document may name. */
  readonly maxFields?: number;
}

export function findStream(schema: SystemSchema, name: string): StreamSchema | undefined {
  return schema.streams.find((stream) => stream.name === name);
}

export function findField(stream: StreamSchema, name: string): FieldSchema | undefined {
  return stream.fields.find((field) => field.name === name);
}
