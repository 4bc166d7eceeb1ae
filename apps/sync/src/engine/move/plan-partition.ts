import type { KeyBounds, KeyPosition, Session } from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { moveBack } from './cursor-position.js';
import type { Checkpoint, ReadingOrder } from './partition-move.js';

/** How far the runs of a stream have come. Its values come from the source: seal it wherever it is stored. */
export interface StreamPosition {
  readonly version: 1;
  /** What the position speaks of; another selection or cursor makes it void. */
  readonly basis: string;
  /** The cursor, then the key, of the last record. */
  readonly after: KeyPosition;
}

/** What a run fixes at its start, so that every attempt reads the same. */
export interface PartitionPlan {
  readonly order: ReadingOrder;
  readonly bounds: KeyBounds;
  /** The end of the stream at the start of the run; where the next run goes on once this one has succeeded. */
  readonly end?: KeyPosition;
}

export interface Planning {
  readonly stream: CompiledStream;
  readonly source: Session;
  readonly position: StreamPosition | undefined;
  readonly signal: AbortSignal;
}

/**
 * Fixes what a run reads. The first run of an incremental stream reads everything in the order of its key, which the
 * source can do without sorting; later ones start at the last cursor less the look-back. Appending must not see a record
 * twice, so it reads in the order of the cursor from the beginning and starts right behind the last record.
 */
export async function planPartition({ stream, source, position, signal }: Planning): Promise<PartitionPlan> {
  const { cursor, partition } = stream;
  const lastKey = (key: readonly string[]) =>
    source.lastKey({ stream: partition.stream, key, filter: partition.filter, signal });
  const upTo = (end: KeyPosition | undefined): KeyBounds => (end ? { upTo: end } : {});
  if (!cursor) return { order: 'key', bounds: partition.key.length > 0 ? upTo(await lastKey(partition.key)) : {} };
  const end = await lastKey([cursor.field, ...partition.key]);
  const known = position?.basis === basisOf(stream) ? position : undefined;
  const next = end ? { end } : {};
  if (stream.mode === 'append')
    return { order: 'cursor', bounds: { ...(known ? { after: known.after } : {}), ...upTo(end) }, ...next };
  if (!known) return { order: 'key', bounds: upTo(await lastKey(partition.key)), ...next };
  const from = [moveBack(cursor.kind, known.after[0]!, cursor.lookback)];
  return { order: 'cursor', bounds: { from, ...upTo(end) }, ...next };
}

/** Where the next run goes on; undefined for a stream that has no position, or while nothing was ever there. */
export function nextPosition(
  stream: CompiledStream,
  plan: PartitionPlan,
  last: Checkpoint | undefined,
  position: StreamPosition | undefined,
): StreamPosition | undefined {
  if (!stream.cursor) return undefined;
  const basis = basisOf(stream);
  const after = plan.end ?? (plan.order === 'cursor' ? last?.after : undefined);
  if (after) return { version: 1, basis, after };
  return position?.basis === basis ? position : undefined;
}

function basisOf({ partition, cursor, mode }: CompiledStream): string {
  return JSON.stringify([partition.stream, cursor?.field, partition.key, partition.filter ?? [], mode === 'append']);
}
