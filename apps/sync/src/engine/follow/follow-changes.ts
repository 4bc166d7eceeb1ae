import { type ChangeFeed, ConnectorError, type FollowedStream, SlabPool } from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import type { ChangeFollowing, ChangesReport, ChangesResult, FollowLimits } from './change-following.js';
import { ChangeProgress } from './change-progress.js';
import { ChangeQueue } from './change-queue.js';
import { mapChanges } from './map-changes.js';
import { PositionReporter } from './position-reporter.js';

export const FOLLOW_LIMITS: FollowLimits = {
  batchRows: 20_000,
  batchBytes: 4 * 1024 * 1024,
  maxRecordBytes: 32 * 1024 * 1024,
  maxRefusedPerBatch: 10_000,
  rejectSamples: 10,
  reportEveryMs: 500,
};

/** Many streams hold a small batch each, so buffers start small and grow where they must. */
const SLAB_BYTES = 256 * 1024;

/** A following that stopped before its end. What `result.position` names was reported by `onCheckpoint` and is durable. */
export class FollowFailed extends Error {
  override readonly name = 'FollowFailed';

  /** `reason` is a `ConnectorError`, the abort signal's reason, or what a callback threw. */
  constructor(
    readonly reason: unknown,
    readonly result: ChangesResult,
  ) {
    super(
      `The changes were not followed to their end${reason instanceof ConnectorError ? `: ${reason.message}` : ''}`,
      {
        cause: reason,
      },
    );
  }
}

/**
 * Carries the changes that the source's log tells into the target, mapped as a full load is, in the order of each stream.
 *
 * A position is reported (`onCheckpoint`) once everything before it is durable in the target, and confirmed to the source
 * after that resolved; so after a crash the log is told again from the last report at the latest, and writing it again
 * has no second effect. Memory is bounded by `limits`, whatever the size of a transaction: a slow target slows the reading.
 *
 * **The first time.** The feed is created before anything is read, and keeps the log from `start` on. Then
 * `beforeChanges` reads each table with `movePartition`, in any number of attempts and partitions and at different
 * moments, while others write to it. Each record read is as new as `start` or newer, and everything that happened since
 * `start` is told again afterwards: insertions and updates end in the same state, deletions find what the snapshot brought.
 * No snapshot of the server has to be held open. Call again with the same feed and no `after` when the snapshot was cut
 * off; the feed then starts where it did, because nothing was confirmed. See decision 9.
 *
 * Throws `FollowFailed`, after everything it held was overwritten.
 */
export async function followChanges(following: ChangeFollowing): Promise<ChangesResult> {
  const limits = { ...FOLLOW_LIMITS, ...following.limits };
  const slabs = new SlabPool(SLAB_BYTES);
  const stop = new AbortController();
  const signal = AbortSignal.any([following.signal, stop.signal]);
  const progress = new ChangeProgress(following.streams, limits.rejectSamples);
  const { writeId, originMark, target } = following;
  const queue = new ChangeQueue({ target, slabs, writeId, originMark, signal, ...limits });
  let failure: { readonly reason: unknown } | undefined;
  const fail = (reason: unknown) => {
    failure ??= { reason: following.signal.aborted ? following.signal.reason : reason };
    stop.abort(failure.reason);
  };
  let reporter: PositionReporter | undefined;
  let feed: ChangeFeed | undefined;
  try {
    feed = await openFeed(following, limits, slabs, signal);
    await following.beforeChanges?.({ start: feed.start, created: feed.created });
    reporter = reporterFor(following, feed, progress, limits, signal, fail);
    await pump({ following, feed, slabs, progress, queue, reporter, fail });
    await queue.close();
    await feed.close();
  } catch (reason) {
    fail(reason);
    await reporter?.stop();
    await queue.abort();
    await feed?.close().catch(() => undefined);
  }
  const { counts, rejected } = progress;
  const position = reporter?.position;
  const result = { counts, rejected, ...(position ? { position } : {}), discard: slabs.discard() };
  if (failure) throw new FollowFailed(failure.reason, result);
  return result;
}

interface Pump {
  readonly following: ChangeFollowing;
  readonly feed: ChangeFeed;
  readonly slabs: SlabPool;
  readonly progress: ChangeProgress;
  readonly queue: ChangeQueue;
  readonly reporter: PositionReporter;
  readonly fail: (reason: unknown) => void;
}

async function pump({ following, feed, slabs, progress, queue, reporter, fail }: Pump): Promise<void> {
  const streams = new Map(following.streams.map((stream) => [stream.name, stream]));
  let committedAtMs: number | undefined;
  for await (const changes of feed) {
    const mapped = mapChanges(streams.get(changes.stream)!, changes, slabs.take());
    slabs.give(changes.batch);
    await queue.submit(mapped, (written) => {
      progress.add(mapped, written);
      ({ committedAtMs } = changes);
      if (changes.position) reporter.reached(changes.position, committedAtMs);
    });
    queue.watch(fail);
  }
  await queue.drain();
  reporter.reached(feed.reached, committedAtMs);
  await reporter.flush();
}

function openFeed(
  { source, streams, feed, after, upTo, ignoreMark }: ChangeFollowing,
  limits: FollowLimits,
  slabs: SlabPool,
  signal: AbortSignal,
): Promise<ChangeFeed> {
  if (!source.log) throw new ConnectorError('log-not-kept');
  return source.log.follow({ feed, streams: streams.map(followed), after, upTo, ignoreMark, limits, slabs, signal });
}

/** The fields that identify a record are those that the target's key comes from. */
function followed({ name, partition, columns, key, changes }: CompiledStream): FollowedStream {
  const fields = key.flatMap((column) => changes.reads[columns.findIndex((one) => one.name === column)]!);
  return { stream: name, projection: partition.projection, key: [...new Set(fields)], whole: changes.whole };
}

function reporterFor(
  { onCheckpoint }: ChangeFollowing,
  feed: ChangeFeed,
  progress: ChangeProgress,
  { reportEveryMs: everyMs }: FollowLimits,
  signal: AbortSignal,
  fail: (reason: unknown) => void,
): PositionReporter {
  const report = async (reached: ChangesReport) => {
    signal.throwIfAborted();
    await onCheckpoint(reached);
  };
  return new PositionReporter({ progress, report, confirm: (position) => feed.confirm(position), everyMs, fail });
}
