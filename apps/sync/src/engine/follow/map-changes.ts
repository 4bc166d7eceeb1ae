import type { AppliedChanges, ChangeBatch, Slab } from '@millrace/connector-sdk';
import type { CompiledStream, RejectedRecord } from '../mapping/compiled-stream.js';

/** A batch of changes as the target takes it. */
export interface MappedChanges {
  readonly stream: CompiledStream;
  readonly out: Slab;
  readonly applied: AppliedChanges;
  readonly rejected: readonly RejectedRecord[];
  readonly nulled: number;
  readonly readRows: number;
  readonly readBytes: number;
}

/**
 * Maps a batch. The transform sees null where the log tells nothing (a deletion, a long value that did not change), and
 * null stays null; the key of a deletion is cast as every other.
 */
export function mapChanges(stream: CompiledStream, changes: ChangeBatch, out: Slab): MappedChanges {
  const { batch, operations, absenceOf, absences, truncated } = changes;
  const { rejected, nulled } = stream.transform(batch, out);
  return {
    stream,
    out,
    applied: {
      operations: without(operations, rejected),
      absenceOf: without(absenceOf, rejected),
      absences: absences.map((fields) => targetColumns(stream, fields)),
      truncated,
    },
    rejected,
    nulled,
    readRows: batch.rowCount,
    readBytes: batch.end,
  };
}

/** One field may go to several columns. */
function targetColumns({ columns, partition }: CompiledStream, fields: readonly string[]): string[] {
  if (fields.length === 0) return [];
  return columns.filter((_, index) => fields.includes(partition.projection[index]!.field)).map(({ name }) => name);
}

/** What stands beside the rows that were mapped. */
function without(values: Uint8Array, rejected: readonly RejectedRecord[]): Uint8Array {
  if (rejected.length === 0) return values;
  const kept = new Uint8Array(values.length - rejected.length);
  let next = 0;
  let from = 0;
  for (const { sourceRow } of rejected) {
    kept.set(values.subarray(from, sourceRow), next);
    next += sourceRow - from;
    from = sourceRow + 1;
  }
  kept.set(values.subarray(from), next);
  return kept;
}
