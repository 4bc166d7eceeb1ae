import { ConnectorError, type KeyBounds, type KeyPosition, type Session } from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import type { CursorPlan } from '../mapping/plan-reading.js';
import { DEFAULT_LOOKBACK, moveBack } from './cursor-position.js';
import type { Checkpoint } from './partition-move.js';
import type { ReadingOrder } from './rejected-ranges.js';

/** How far the runs of a stream have come. Its values come from the source: seal it wherever it is stored. */
export interface StreamPosition {
  readonly version: 1;
  /** What the position speaks of; another selection or cursor makes it void. */
  readonly basis: string;
  /** The cursor, then the key, of the last record; of a feed its place in the source's log. */
  readonly after: KeyPosition;
  /** Of a feed: what was selected of each stream whose snapshot was read. */
  readonly snapshots?: Readonly<Record<string, string>>;
}

/** What a run fixes at its start, so that every attempt reads the same. */
export interface PartitionPlan {
  readonly order: ReadingOrder;
  readonly bounds: KeyBounds;
  /** The end of the stream at the start of the run; where the next run goes on once this one has succeeded. */
  readonly end?: KeyPosition;
  /** Whether an earlier stretch is read again, so that the position of later runs does not move. */
  readonly backfill?: true;
  /** Of a stream that several partitions move: the part of its records that this one is expected to have. */
  readonly share?: number;
  /** Whether the target was empty when the run began. */
  readonly fresh?: true;
}

/** Both ends included; instants for a cursor of times, whole numbers for one of numbers. */
export interface CursorWindow {
  readonly from?: string | number;
  readonly to?: string | number;
}

export interface Planning {
  readonly stream: CompiledStream;
  readonly source: Session;
  readonly position: StreamPosition | undefined;
  /** Of a backfill: the stretch of the cursor that is read again. */
  readonly backfill?: CursorWindow;
  readonly signal: AbortSignal;
}

/**
 * Fixes what a run reads. The first run of an incremental stream reads everything in the order of its key, which the
 * source can do without sorting; later ones start at the last cursor less the look-back. Appending must not see a record
 * twice, so it reads in the order of the cursor from the beginning and starts right behind the last record.
 */
export async function planPartition({ stream, source, position, backfill, signal }: Planning): Promise<PartitionPlan> {
  const { cursor, partition, ownOrder } = stream;
  const lastKey = (key: readonly string[]) =>
    source.lastKey({ stream: partition.stream, key, filter: partition.filter, signal });
  const upTo = (end: KeyPosition | undefined): KeyBounds => (end ? { upTo: end } : {});
  if (!cursor) {
    const hasOrder = ownOrder || partition.key.length > 0;
    return { order: 'key', bounds: hasOrder ? upTo(await lastKey(partition.key)) : {} };
  }
  if (backfill) return { order: 'cursor', bounds: windowBounds(stream, cursor, backfill), backfill: true };
  const end = await lastKey([cursor.field, ...partition.key]);
  const known = position?.basis === basisOf(stream) ? position : undefined;
  const next = end ? { end } : {};
  if (stream.mode === 'append')
    return { order: 'cursor', bounds: { ...(known ? { after: known.after } : {}), ...upTo(end) }, ...next };
  if (!known && cursor.onlyOrder) return { order: 'cursor', bounds: upTo(end), ...next };
  if (!known) return { order: 'key', bounds: upTo(await lastKey(partition.key)), ...next };
  const from = [moveBack(cursor.kind, known.after[0]!, cursor.lookback)];
  return { order: 'cursor', bounds: { from, ...upTo(end) }, ...next };
}

/** @throws ConnectorError `incompatible-window` when the window's values are not of the cursor's type */
function windowBounds({ name }: CompiledStream, { field, kind }: CursorPlan, { from, to }: CursorWindow): KeyBounds {
  const usual = DEFAULT_LOOKBACK[kind];
  const fits = (value: string | number | undefined) =>
    value === undefined || typeof value === (typeof usual === 'number' ? 'number' : 'string');
  if (!fits(from) || !fits(to)) throw new ConnectorError('incompatible-window', { stream: name, field });
  return {
    ...(from === undefined ? {} : { from: [String(from)] }),
    ...(to === undefined ? {} : { upTo: [String(to)] }),
  };
}

/** Where the next run goes on; undefined to leave the position as it is. */
export function nextPosition(
  stream: CompiledStream,
  plan: PartitionPlan,
  last: Checkpoint | undefined,
): StreamPosition | undefined {
  if (!stream.cursor || plan.backfill) return undefined;
  // In the order of the cursor the last record read says it: the end may lie before it, on a source that lags behind.
  const after = plan.order === 'cursor' ? last?.after : plan.end;
  return after && { version: 1, basis: basisOf(stream), after };
}

function basisOf({ partition, cursor, mode, target }: CompiledStream): string {
  return JSON.stringify([
    target,
    partition.stream,
    cursor?.field,
    partition.key,
    partition.filter ?? [],
    mode === 'append',
  ]);
}
