import {
  ConnectorError,
  type Partition,
  type ReadBatch,
  type ReadRequest,
  type Session,
  type Slab,
} from '@millrace/connector-sdk';
import type { CompiledStream, Transform } from '../mapping/compiled-stream.js';
import { type RejectedRange, type RejectedRanges, replayBasis } from './rejected-ranges.js';

/** What a replay moves: the same stream, of which only the records that were rejected are read again and kept. */
export interface Replay {
  readonly source: Pick<Session, 'read'>;
  readonly stream: CompiledStream;
}

/**
 * Makes a move of rejected records out of the session and the stream, as the pipeline's document says now. A checkpoint of
 * it is the number of the last range that was moved.
 * @throws ConnectorError `replay-void` when the stream is read in another order than when the records were rejected
 */
export function replayOf(source: Pick<Session, 'read'>, stream: CompiledStream, rejected: RejectedRanges): Replay {
  // A replacement of the few records that were rejected would take the place of all others.
  if (stream.mode === 'replace' || replayBasis(stream, rejected.order) !== rejected.basis)
    throw new ConnectorError('replay-void', { stream: stream.name });
  const wanted = new Set(rejected.ranges.flatMap(({ keys }) => keys));
  return {
    source: { read: (request) => readRanges(source, request, rejected.ranges) },
    stream: { ...stream, transform: keeping(stream, wanted) },
  };
}

async function* readRanges(
  source: Pick<Session, 'read'>,
  request: ReadRequest,
  ranges: readonly RejectedRange[],
): AsyncIterable<ReadBatch> {
  const { partition } = request;
  const done = Number(partition.bounds.after?.[0] ?? -1);
  for (const [index, { bounds }] of ranges.entries()) {
    if (index <= done) continue;
    const part: Partition = { ...partition, bounds };
    for await (const { batch } of source.read({ ...request, partition: part }))
      yield { batch, lastKey: [String(index)] };
  }
}

/** Maps a batch and keeps of it what was rejected before. */
function keeping({ transform, fingerprint }: CompiledStream, wanted: ReadonlySet<string>): Transform {
  return (source, out) => {
    const result = transform(source, out);
    keepRows(out, (row) => wanted.has(fingerprint(out, row)));
    return { ...result, rejected: result.rejected.filter((one) => wanted.has(one.fingerprint)) };
  };
}

/** Drops the other rows of a contiguous batch, in place. */
function keepRows(batch: Slab, wanted: (row: number) => boolean): void {
  const { rowStarts, rowCount, end } = batch;
  const kept = Array.from({ length: rowCount }, (_, row) => wanted(row));
  let to = rowStarts[0] ?? 0;
  let rows = 0;
  for (let row = 0; row < rowCount; row++) {
    const from = rowStarts[row]!;
    const next = row + 1 < rowCount ? rowStarts[row + 1]! : end;
    if (!kept[row]) continue;
    batch.bytes.copyWithin(to, from, next);
    rowStarts[rows++] = to;
    to += next - from;
  }
  batch.rowCount = rows;
  batch.end = rows > 0 ? to : 0;
}
