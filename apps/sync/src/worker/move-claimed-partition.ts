import { claimPartition, failPartition, finishPartition, syncProblems, yieldPartition } from '@millrace/contracts';
import type { KeyBounds, StreamSchema } from '@millrace/connector-sdk';
import { Problem } from '@millrace/kernel';
import type { Runtime } from '@millrace/service';
import {
  type Checkpoint,
  type CompiledStream,
  type DeletionsDone,
  limitOf,
  movePartition,
  nextPosition,
  isRemembered,
  orderedPartition,
  type PartitionMove,
  type PartitionPlan,
  type PartitionResult,
  type PipelineDocument,
  planPartition,
  removeDeleted,
  sourceListing,
  RejectedRangesCollector,
  replayOf,
} from '../engine/index.js';
import { NO_COUNTS } from '../run/run-counts.js';
import { askBudget, askForListing, QueryWaits } from './ask-budget.js';
import { CheckpointReports, type Held, rejectOf, WorkPaused } from './checkpoint-reports.js';
import { ClaimedMetrics } from './claimed-metrics.js';
import { type Claim, type ClaimedState, openClaimedState } from './claimed-state.js';
import { compareClaimed } from './compare-claimed.js';
import { compileBetween } from './compile-between.js';
import { describeFailure, discardAfter, discardOf, isDeferred, isOver, reasonOf, sumDiscards } from './failure.js';
import { type Moved, projectionOf } from './moved.js';
import { FollowDrift } from './follow-drift.js';
import { FollowClaimed, writeBackMark } from './follow-claimed.js';
import { persistently } from './persistently.js';
import { shareStream } from './share-stream.js';
import type { OpenSystem, SystemSessions } from './system-sessions.js';

/** What a work item names: ids, nothing else. */
export interface WorkItem {
  readonly runId: string;
  readonly partitionId: string;
}

/** What to do with the work item afterwards. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'again'; readonly delayMs: number };

/** What the first attempt at a partition knows of it. */
interface Beginning {
  readonly stream: CompiledStream;
  readonly source: OpenSystem;
  readonly target: OpenSystem;
  /** Records of the stream, where the source can say. */
  readonly expected: number | undefined;
  readonly signal: AbortSignal;
}

const DONE: Outcome = { kind: 'done' };
const SELF = { kind: 'service', name: 'sync-worker' } as const;
/** Sync or vault is away for a moment: the item comes back to whichever worker is free. */
const AWAY_DELAY_MS = 1_000;

/** Moves one partition from claim to report. Whatever happens, what it held is overwritten and somebody is told. */
export class MovePartition {
  constructor(
    private readonly runtime: Runtime,
    private readonly sessions: SystemSessions,
  ) {}

  /** `onEndless` is called once the work turns out to go on without an end. */
  async execute(item: WorkItem, signal: AbortSignal, onEndless: () => void = () => undefined): Promise<Outcome> {
    const workerKey = this.sessions.workerKey.publicKey;
    let claim: Claim;
    try {
      claim = await this.runtime.client.call(claimPartition, { ...item, workerKey }, SELF);
    } catch (error) {
      return isOver(error) || isDeferred(error) ? DONE : { kind: 'again', delayMs: AWAY_DELAY_MS };
    }
    const held = { runId: item.runId, partitionId: item.partitionId, fence: claim.fence };
    if (claim.follow && goesOn(claim)) onEndless();
    try {
      const moved = await this.move(item, claim, signal);
      await persistently(
        () => this.runtime.client.call(finishPartition, { ...held, ...finishReport(moved) }, SELF),
        signal,
      );
      return DONE;
    } catch (error) {
      if (isOver(reasonOf(error)) || signal.aborted) return signal.aborted ? { kind: 'again', delayMs: 0 } : DONE;
      return this.report(held, error, signal);
    }
  }

  private async move(item: WorkItem, claim: Claim, signal: AbortSignal): Promise<Moved> {
    const claimed = await openClaimedState(this.sessions.workerKey, item.partitionId, claim);
    const name = `millrace run ${item.runId.slice(-12)}`;
    const opened = await Promise.allSettled([
      this.sessions.open(claim.sourceGrant, name, signal),
      this.sessions.open(claim.targetGrant, name, signal),
    ]);
    const systems = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    try {
      const refused = opened.find((one) => one.status === 'rejected');
      if (refused) throw refused.reason;
      return await this.moveBetween(item, claim, claimed, systems as [OpenSystem, OpenSystem], signal);
    } finally {
      await Promise.all(systems.map(({ session }) => session.close().catch(() => undefined)));
    }
  }

  private async moveBetween(
    item: WorkItem,
    claim: Claim,
    claimed: ClaimedState,
    [source, target]: [OpenSystem, OpenSystem],
    signal: AbortSignal,
  ): Promise<Moved> {
    if (claim.follow) return this.follow(item, claim, claimed, [source, target], signal);
    const document = claim.document as unknown as PipelineDocument;
    const held = { ...item, fence: claim.fence };
    const drift = new FollowDrift(this.runtime, held, claim);
    const { stream, from } = await compileBetween(document, claim.stream, [source, target], signal, drift);
    const { state, known, position } = claimed;
    if (claim.kind !== 'move')
      await askBudget(this.runtime, held, claim, source, { ...stream.partition, bounds: {} }, signal);
    if (claim.kind === 'compare') return this.compare(item, claim, stream, claimed, [source, target], signal);
    const metrics = ClaimedMetrics.of(this.runtime, held, claim, stream);
    if (claim.kind === 'measure') return this.measure(item, claim, metrics, claimed, source, signal);
    const records = claimed.replay ? undefined : await expected(source, from, signal);
    const plan =
      known?.plan ?? (await this.begin(held, claim, claimed, { stream, source, target, expected: records, signal }));
    // What a replay rejects again lies where the run that it replays says.
    const collector = claimed.replay
      ? undefined
      : new RejectedRangesCollector(stream, plan.order, claimed.knownRejects);
    const seals = { rejects: claimed.rejects, collector, isLimited: claim.hasBudget };
    const expectedRows = records === undefined ? undefined : Math.round(records * (plan.share ?? 1));
    const reports = new CheckpointReports(this.runtime, held, { ...seals, expectedRows }, signal);
    // A target that remembers what it has must be asked by the same plan again; elsewhere the first batch tells it too.
    if (!known && isRemembered(stream)) await reports.send(state.seal({ plan }), NO_COUNTS, false);
    const asked = claimed.replay
      ? undefined
      : orderedPartition({ stream, order: plan.order }, resumedBounds(plan, known?.checkpoint));
    await askBudget(this.runtime, held, claim, source, asked, signal);
    const moved = claimed.replay
      ? replayOf(source.session, stream, claimed.replay)
      : { source: source.session, stream };
    const result = await this.telling(reports, {
      ...moved,
      target: target.session,
      ...plan,
      ...(metrics ? { onMapped: (mapped) => metrics.fold.add(mapped) } : {}),
      writeId: item.partitionId,
      originMark: writeBackMark(claim.orgId),
      resumeFrom: known?.checkpoint,
      marks: { seal: (checkpoint) => state.seal({ plan, checkpoint }), open: (mark) => state.open(mark).checkpoint! },
      attempt: claim.attempt,
      limits: limitsOf(claim),
      signal,
      onCheckpoint: (report) => {
        const sealedPosition = appendedUpTo(stream, plan, report.checkpoint, claimed);
        return reports.add(report, state.seal({ plan, checkpoint: report.checkpoint }), sealedPosition);
      },
    });
    const next = nextPosition(stream, plan, result.checkpoint);
    const isWhole = !claimed.replay && !claim.backfill;
    const swept =
      isWhole && stream.deletes
        ? await this.sweep(held, claim, stream, [source, target], () => reports.repeat(), signal)
        : undefined;
    const done = swept ? withDeletions(result, swept) : result;
    return {
      result: metrics ? await metrics.afterMove(done, source, () => reports.repeat(), signal) : done,
      stream,
      ...(position && next ? { sealedPosition: position.seal(next) } : {}),
    };
  }

  /** Whatever becomes of the move, what it has made durable is told, here or by the report of its end. */
  private async telling(reports: CheckpointReports, move: PartitionMove): Promise<PartitionResult> {
    try {
      const result = await movePartition({ ...move, signal: AbortSignal.any([move.signal, reports.lost]) });
      await reports.settle();
      return result;
    } catch (error) {
      await reports.flush().catch(() => undefined);
      throw error;
    }
  }

  /** What the run fixes at its start, of this partition alone once it was split. */
  private async begin(
    held: Held,
    claim: Claim,
    claimed: ClaimedState,
    { stream, source, target, expected: records, signal }: Beginning,
  ): Promise<PartitionPlan> {
    const plan = await planOf(claim, claimed, stream, source, signal);
    if (claimed.replay) return plan;
    const most = (claim.document as unknown as PipelineDocument).source.concurrency;
    const sides = { source: source.session, target: target.session };
    return shareStream(this.runtime, held, claimed, { stream, plan, expected: records, most, ...sides, signal });
  }

  /** What is gone from the source is found once everything that is there has been moved. */
  private async sweep(
    held: Held,
    claim: Claim,
    stream: CompiledStream,
    [source, target]: readonly [OpenSystem, OpenSystem],
    tell: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<DeletionsDone> {
    const { deleted } = (claim.document as unknown as PipelineDocument).limits;
    const limit = deleted && !claim.acceptChanges ? limitOf(deleted) : undefined;
    const asked = { listing: sourceListing(stream), times: limit ? 2 : 1 };
    // Where it has to wait, whoever goes on does so from here.
    if (claim.hasBudget) await tell();
    await askForListing(this.runtime, held, claim, source, asked, signal);
    return removeDeleted({
      stream,
      source: source.session,
      target: target.session,
      writeId: held.partitionId,
      ...(limit ? { limit } : {}),
      signal,
      acceptsEmpty: claim.acceptChanges,
      // Whoever cancels or pauses, or takes over, is heeded between two batches.
      onProgress: tell,
    });
  }

  private follow(
    { runId, partitionId }: WorkItem,
    claim: Claim,
    claimed: ClaimedState,
    systems: readonly [OpenSystem, OpenSystem],
    signal: AbortSignal,
  ): Promise<Moved> {
    const held = { runId, partitionId, fence: claim.fence };
    const about = { rejects: claimed.rejects, collector: undefined, expectedRows: undefined };
    const reports = new CheckpointReports(this.runtime, held, about, signal);
    const drift = new FollowDrift(this.runtime, held, claim);
    return new FollowClaimed({ claim, claimed, partitionId, systems, reports, drift, signal }).execute();
  }

  private compare(
    item: WorkItem,
    { fence }: Claim,
    stream: CompiledStream,
    { state, rejects }: ClaimedState,
    systems: readonly [OpenSystem, OpenSystem],
    signal: AbortSignal,
  ): Promise<Moved> {
    const about = { rejects, collector: undefined, expectedRows: undefined };
    const reports = new CheckpointReports(this.runtime, { ...item, fence }, about, signal);
    const sealed = state.seal({ plan: { order: 'key', bounds: {} } });
    return compareClaimed(stream, systems, (read) => reports.send(sealed, { ...NO_COUNTS, read }, true), signal);
  }

  private async measure(
    item: WorkItem,
    { fence }: Claim,
    metrics: ClaimedMetrics | undefined,
    { state, rejects }: ClaimedState,
    source: OpenSystem,
    signal: AbortSignal,
  ): Promise<Moved> {
    if (!metrics) throw new Problem(syncProblems.metricsOff);
    const about = { rejects, collector: undefined, expectedRows: undefined };
    const reports = new CheckpointReports(this.runtime, { ...item, fence }, about, signal);
    const sealed = state.seal({ plan: { order: 'key', bounds: {} } });
    return metrics.measure(source, (read) => reports.send(sealed, { ...NO_COUNTS, read }, true), signal);
  }

  private async report(held: Held, error: unknown, signal: AbortSignal): Promise<Outcome> {
    const reason = reasonOf(error);
    if (reason instanceof QueryWaits) return DONE;
    const discard = discardAfter(error);
    const { code, detail, retryable } = describeFailure(reason);
    if (code === 'sync.unexpected') this.runtime.instruments.unexpected(reason, { event: 'sync.partition.failed' });
    const { client } = this.runtime;
    const failure = { ...held, code, detail: detail.slice(0, 500), retryable, discard };
    const send = async () =>
      reason instanceof WorkPaused
        ? client.call(yieldPartition, { ...held, discard }, SELF)
        : client.call(failPartition, failure, SELF);
    try {
      // Sync decides when it is tried again, and puts it into the queue anew.
      await persistently<unknown>(send, signal);
      return DONE;
    } catch (refusal) {
      return isOver(refusal) ? DONE : { kind: 'again', delayMs: AWAY_DELAY_MS };
    }
  }
}

/** What is left to read of a partition. */
function resumedBounds({ bounds }: PartitionPlan, from: Checkpoint | undefined): KeyBounds {
  return from ? { ...bounds, after: from.after } : bounds;
}

function finishReport({ result, stream, sealedPosition, comparison, members }: Moved) {
  const { counts, rejected, discard, startedOver } = result;
  return {
    counts: { ...counts },
    rejects: rejected.map(rejectOf),
    projection: projectionOf(stream),
    discard: discardOf(discard),
    startedOver,
    ...(sealedPosition === undefined ? {} : { sealedPosition }),
    ...(comparison ? { comparison } : {}),
    ...(members ? { members } : {}),
  };
}

/** How many records the source expects to give, where it can say. */
async function expected({ session }: OpenSystem, { name, estimatedRecords }: StreamSchema, signal: AbortSignal) {
  const records = estimatedRecords ?? (await session.estimate({ stream: name, signal })).records;
  return records === undefined ? undefined : Math.max(0, Math.round(records));
}

function limitsOf({ document, acceptChanges }: Claim) {
  const { rejected, changed } = (document as unknown as PipelineDocument).limits;
  return { rejected: limitOf(rejected), ...(changed && !acceptChanges ? { changed: limitOf(changed) } : {}) };
}

/** Whether the pipeline follows its source without an end. */
function goesOn({ document }: Claim): boolean {
  const { schedule } = document as unknown as PipelineDocument;
  return schedule !== undefined && 'continuously' in schedule;
}

/** What the run fixes at its start. A replay has nothing to fix: the records that it moves are given. */
async function planOf(
  { backfill }: Claim,
  { replay, knownPosition }: ClaimedState,
  stream: CompiledStream,
  { session: source }: OpenSystem,
  signal: AbortSignal,
): Promise<PartitionPlan> {
  if (replay) return { order: replay.order, bounds: {}, backfill: true };
  return planPartition({ stream, source, position: knownPosition, backfill, signal });
}

function withDeletions(result: PartitionResult, { deleted, discard }: DeletionsDone): PartitionResult {
  const counts = { ...result.counts, deleted, written: result.counts.written + deleted };
  return { ...result, counts, discard: sumDiscards([result.discard, discard]) };
}

/**
 * What was appended is there for good, also when the run does not succeed: the next one must go on behind it. Undefined
 * where moving again has no second effect.
 */
function appendedUpTo(
  stream: CompiledStream,
  plan: PartitionPlan,
  checkpoint: Checkpoint,
  { position }: ClaimedState,
): string | undefined {
  if (stream.mode !== 'append' || !position) return undefined;
  const next = nextPosition(stream, plan, checkpoint);
  return next && position.seal(next);
}
