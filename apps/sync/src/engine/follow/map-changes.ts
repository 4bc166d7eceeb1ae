import {
  type AppliedChanges,
  type Batch,
  CHANGE_OPERATIONS,
  type ChangeBatch,
  type Slab,
} from '@millrace/connector-sdk';
import type { CompiledStream, RejectedRecord, Transform, TransformResult } from '../mapping/compiled-stream.js';

const DELETED = CHANGE_OPERATIONS.indexOf('delete');

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
 * Maps a batch. The transform sees null where the log tells nothing (a deletion, a long value that did not change). The
 * key of a deletion is made as every other; its other columns are null, whatever their steps would make of null.
 */
export function mapChanges(stream: CompiledStream, changes: ChangeBatch, out: Slab): MappedChanges {
  const { batch, operations, absenceOf, absences, truncated } = changes;
  const { rejected, nulled } = stream.transformDeletions
    ? mapRuns(stream.transform, stream.transformDeletions, changes, out)
    : stream.transform(batch, out);
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

/** Maps runs of deletions in one way and what lies between them in the other. */
function mapRuns(
  transform: Transform,
  transformDeletions: Transform,
  { batch, operations }: ChangeBatch,
  out: Slab,
): TransformResult {
  const rejected: RejectedRecord[] = [];
  let nulled = 0;
  for (let from = 0; from < batch.rowCount;) {
    const first = from;
    const deletes = operations[first] === DELETED;
    while (from < batch.rowCount && (operations[from] === DELETED) === deletes) from++;
    const mapped = (deletes ? transformDeletions : transform)(rows(batch, first, from), out);
    nulled += mapped.nulled;
    rejected.push(...mapped.rejected.map((one) => ({ ...one, sourceRow: one.sourceRow + first })));
  }
  return { rejected, nulled };
}

/** Rows `from` to `to` (exclusive) of a batch; `end` speaks of their own bytes, for which the transform makes room. */
function rows({ bytes, rowStarts, rowCount, end }: Batch, from: number, to: number): Batch {
  const behind = to < rowCount ? rowStarts[to]! : end;
  return {
    bytes,
    rowStarts: rowStarts.subarray(from, to),
    rowCount: to - from,
    end: behind - rowStarts[from]!,
    contiguous: true,
  };
}

/** A column is absent with a field of which it is made. */
function targetColumns({ columns, changes }: CompiledStream, fields: readonly string[]): string[] {
  if (fields.length === 0) return [];
  const absent = (index: number) => changes.reads[index]!.some((field) => fields.includes(field));
  return columns.filter((_, index) => absent(index)).map(({ name }) => name);
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
