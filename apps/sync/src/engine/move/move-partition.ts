import { ConnectorError, type KeyBounds, type Partition, SlabPool, type Writer } from '@millrace/connector-sdk';
import { DEFAULT_MAX_REJECTED, exceeds } from '../document/run-limits.js';
import type { Writing } from '../document/stream-reading.js';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { CommitQueue } from './commit-queue.js';
import { NOTHING_MOVED } from './move-counts.js';
import type {
  Checkpoint,
  CheckpointReport,
  MoveCounts,
  MoveLimits,
  PartitionMove,
  PartitionResult,
} from './partition-move.js';
import { type MappedBatch, Progress } from './progress.js';
import { resumptionOf } from './resumption.js';

export const DEFAULT_LIMITS: MoveLimits = {
  batchRows: 20_000,
  batchBytes: 4 * 1024 * 1024,
  maxRecordBytes: 32 * 1024 * 1024,
  rejected: { count: DEFAULT_MAX_REJECTED },
  rejectSamples: 10,
};

/** Room beyond a full batch: the rest of the socket's last chunk, and cells that a cast makes longer. */
const SLAB_SLACK_BYTES = 256 * 1024;

/** An attempt that stopped before its end. What `result` counts is durable and was reported by `onCheckpoint`. */
export class MoveFailed extends Error {
  override readonly name = 'MoveFailed';

  /** `reason` is a `ConnectorError`, the abort signal's reason, or what `onCheckpoint` threw. */
  constructor(
    readonly reason: unknown,
    readonly result: PartitionResult,
  ) {
    super(`The partition was not moved to its end${reason instanceof ConnectorError ? `: ${reason.message}` : ''}`, {
      cause: reason,
    });
  }
}

/**
 * Moves a partition: reads batches in key order, maps them, writes them, reports each as it becomes durable. Memory is
 * bounded by `limits`, whatever the partition's size. Throws `MoveFailed`, after everything it held was overwritten.
 */
export async function movePartition(move: PartitionMove): Promise<PartitionResult> {
  const limits = { ...DEFAULT_LIMITS, ...move.limits };
  const slabs = new SlabPool(limits.batchBytes + SLAB_SLACK_BYTES);
  const stop = new AbortController();
  const signal = AbortSignal.any([move.signal, stop.signal]);
  let progress = new Progress(move.stream, limits.rejectSamples, { ...UNKNOWN, attempt: move.attempt });
  let writer: Writer | undefined;
  let isWhole = false;
  let failure: { readonly reason: unknown } | undefined;
  const fail = (reason: unknown) => {
    failure ??= { reason: move.signal.aborted ? move.signal.reason : reason };
    stop.abort(failure.reason);
  };
  try {
    writer = await move.target.write(writeRequest(move, limits, signal));
    const resumption = resumptionOf(move, writer);
    isWhole = resumption.from === undefined;
    progress = new Progress(move.stream, limits.rejectSamples, { ...resumption, attempt: move.attempt });
    await pump({ move, limits, slabs, progress, signal, fail, from: resumption.from }, writer);
    await writer.close();
  } catch (reason) {
    fail(reason);
    await writer?.abort();
  }
  const { counts, rejected, checkpoint, startedOver } = progress;
  const result = { counts, rejected, checkpoint, startedOver, isWhole, discard: slabs.discard() };
  if (failure) throw new MoveFailed(failure.reason, result);
  return result;
}

/** Before the target was asked. */
const UNKNOWN = { carried: NOTHING_MOVED, startedOver: false };

interface Pump {
  readonly move: PartitionMove;
  readonly limits: MoveLimits;
  readonly slabs: SlabPool;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly fail: (reason: unknown) => void;
  readonly from: Checkpoint | undefined;
}

async function pump({ move, limits, slabs, progress, signal, fail, from }: Pump, writer: Writer): Promise<void> {
  const { stream, marks } = move;
  const report = async (durable: CheckpointReport) => {
    signal.throwIfAborted();
    await move.onCheckpoint(durable);
    checkLimits(durable.counts, limits, stream.name);
  };
  const queue = new CommitQueue(writer, slabs, progress, report);
  const bounds: KeyBounds = { ...move.bounds, ...(from ? { after: from.after } : {}) };
  let after = bounds.after;
  for await (const { batch, lastKey } of move.source.read({
    partition: orderedPartition(move, bounds),
    limits,
    slabs,
    signal,
  })) {
    const out = slabs.take();
    const mapped = stream.transform(batch, out);
    const { rowCount: readRows, end: readBytes } = batch;
    slabs.give(batch);
    if (!from) move.onMapped?.(out);
    const next: MappedBatch = {
      out,
      mapped,
      readRows,
      readBytes,
      bounds: { ...(bounds.from ? { from: bounds.from } : {}), ...(after ? { after } : {}), upTo: lastKey },
      lastKey,
    };
    const mark = isRemembered(stream) && lastKey.length > 0 ? marks.seal(progress.expected(next)) : undefined;
    await queue.submit(next, mark);
    queue.watch(fail);
    after = lastKey;
  }
  await queue.drain();
}

/** @throws ConnectorError when more was rejected or changed than the document allows; what is durable stays */
function checkLimits(counts: MoveCounts, { rejected, changed }: MoveLimits, stream: string): void {
  if (exceeds(rejected, counts.rejected, counts.read)) throw new ConnectorError('too-many-refused', { stream });
  const known = counts.updated + counts.unchanged;
  if (changed && exceeds(changed, counts.updated, known)) throw new ConnectorError('too-many-changed', { stream });
}

/** Modes in which writing again would have a second effect, so that the target itself remembers what it has. */
const REMEMBERED: readonly Writing[] = ['append', 'replace'];

export function isRemembered({ mode }: CompiledStream): boolean {
  return REMEMBERED.includes(mode);
}

/** What is read, in the order that the bounds speak of. Cursor and key together are unique wherever the key is. */
export function orderedPartition(
  { stream, order }: Pick<PartitionMove, 'stream' | 'order'>,
  bounds: KeyBounds,
): Partition {
  const { partition, cursor } = stream;
  const key = order === 'cursor' && cursor ? [cursor.field, ...partition.key] : partition.key;
  return { ...partition, key, bounds };
}

function writeRequest(
  { stream, writeId, originMark, attempt, resumeFrom, fresh }: PartitionMove,
  limits: MoveLimits,
  signal: AbortSignal,
) {
  const { target, columns, key, mode, evolve } = stream;
  return {
    writeId,
    target,
    columns,
    key,
    mode,
    ...(originMark && mode === 'update' ? { originMark } : {}),
    ...(evolve ? { evolve } : {}),
    ...(fresh ? { fresh } : {}),
    // A checkpoint proves an earlier attempt, whatever the caller counts.
    attempt: resumeFrom ? Math.max(attempt, 2) : attempt,
    maxRefusedPerBatch: 'count' in limits.rejected ? limits.rejected.count : limits.batchRows,
    signal,
  };
}
