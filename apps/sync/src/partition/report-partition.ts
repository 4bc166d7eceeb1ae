import {
  type checkpointPartition,
  type Counts,
  type driftPartition,
  type estimatePartition,
  type failPartition,
  type finishPartition,
  type Input,
  type Output,
  type Reject,
  syncProblems,
  type yieldPartition,
} from '@millrace/contracts';
import { fromBase64url } from '@millrace/crypto';
import { backoff, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Admission } from '../admission/admission.js';
import { decideQuery, noteQuery } from '../budget/decide-query.js';
import { nextMonth } from '../budget/use-of-month.js';
import { settleStream } from '../drift/settle-stream.js';
import { publishResults } from '../metric/record-result.js';
import { type PipelineDocument, readingKind, type StreamMapping } from '../engine/index.js';
import { positionName } from '../position/obtain-position.js';
import { streamPositions } from '../position/position.table.js';
import { endRun } from '../run/end-run.js';
import { sumCounts } from '../run/run-counts.js';
import { type PartitionRow, partitionsOf, type RunRow } from '../run/run-view.js';
import type { HeldPartitions } from './held-partitions.js';
import { mergeRejects } from './merge-rejects.js';
import { overLimit } from './stream-limits.js';
import { partitions } from './partition.table.js';

/** A partition that failed this often for passing reasons ends its run. */
const MAX_FAILURES = 8;
const RETRY_BASE_MS = 500;
const RETRY_MAX_MS = 30_000;

/** What workers tell of the partitions that they hold: where they stand, that they are done, that they cannot go on. */
export class ReportPartition {
  constructor(
    private readonly held: HeldPartitions,
    private readonly admission: Admission,
  ) {}

  async checkpoint(input: Input<typeof checkpointPartition>, call: Call): Promise<Output<typeof checkpointPartition>> {
    let isOverdrawn = false;
    const isPaused = await this.held.within(input, call, async (tx, run, part) => {
      const sums = totals(part, input);
      isOverdrawn = await noteQuery(tx, run, { ...part, ...sums }, false);
      await this.save(tx, {
        ...part,
        sealedState: fromBase64url(input.sealedState)!,
        sealedRejects: rejectsAfter(part, input),
        ...sums,
        expectedRows: input.expectedRows ?? part.expectedRows,
        touchedAt: call.clock.now(),
      });
      await this.saveMembers(tx, part, input.members, {}, call);
      await keepPosition(tx, run, part, input.sealedPosition, call);
      const parts = await partitionsOf(tx, run.id);
      const ending = overLimit(run, parts, part);
      return ending ? endRun(tx, run, ending, call.clock) : { run, parts };
    });
    return { carryOn: !isPaused && !isOverdrawn };
  }

  /** A query that would go over the budget waits with us until somebody approves it; the worker is free. */
  async estimate(
    { records, bytes, isListing, ...held }: Input<typeof estimatePartition>,
    call: Call,
  ): Promise<Output<typeof estimatePartition>> {
    let mayRead = false;
    await this.held.within(held, call, async (tx, run, part) => {
      mayRead = await decideQuery(tx, run, part, { records, bytes, isListing }, call.clock);
      const now = call.clock.now();
      // With the next month there is something left again.
      const waiting = {
        state: 'queued',
        offeredAt: null,
        needsApproval: true,
        notBefore: nextMonth(now),
        touchedAt: now,
      } as const;
      if (!mayRead) await this.save(tx, { ...part, ...waiting });
      return { run, parts: await partitionsOf(tx, run.id) };
    });
    return { mayRead };
  }

  /** Whoever finds a stream changed asks before it reads. */
  async drift(input: Input<typeof driftPartition>, call: Call): Promise<Output<typeof driftPartition>> {
    let answer: Output<typeof driftPartition> = {};
    await this.held.within(input, call, async (tx, run) => {
      answer = await settleStream(tx, run, input, call.clock);
      return { run, parts: await partitionsOf(tx, run.id) };
    });
    return answer;
  }

  /** A partition that was paused, or whose worker stops, waits to be admitted again; nothing was wrong with it. */
  async yield(input: Input<typeof yieldPartition>, call: Call): Promise<Output<typeof yieldPartition>> {
    await this.held.within(input, call, async (tx, run, part) => {
      const { clock } = call;
      const discard = input.discard ?? part.discard;
      await this.save(tx, {
        ...part,
        state: 'queued',
        offeredAt: null,
        notBefore: null,
        discard,
        touchedAt: clock.now(),
      });
      return { run, parts: await partitionsOf(tx, run.id) };
    });
    this.admission.kick();
    return { accepted: true };
  }

  async finish(input: Input<typeof finishPartition>, call: Call): Promise<Output<typeof finishPartition>> {
    await this.held.within(input, call, async (tx, run, part) => {
      const sums = totals(part, input);
      await noteQuery(tx, run, { ...part, ...sums }, true);
      await this.save(tx, {
        ...part,
        state: 'succeeded',
        ...sums,
        projection: input.projection,
        comparison: input.comparison ?? null,
        discard: input.discard,
        touchedAt: call.clock.now(),
      });
      await this.saveMembers(tx, part, input.members, { state: 'succeeded', discard: input.discard }, call);
      await keepPosition(tx, run, part, input.sealedPosition, call);
      await publishResults(tx, part.id);
      // Appended once more they would be there twice.
      if (part.replays && readMapping(run, part).mode === 'append')
        await tx.table(partitions).update({ id: part.replays }, { sealedRejects: null, sealedKey: null });
      const parts = await partitionsOf(tx, run.id);
      const ending = overLimit(run, parts, part);
      if (ending) return endRun(tx, run, ending, call.clock);
      const isDone = parts.every((one) => one.state === 'succeeded');
      return isDone ? endRun(tx, run, { state: 'succeeded' }, call.clock) : { run, parts };
    });
    this.admission.kick();
    return { accepted: true };
  }

  async fail(input: Input<typeof failPartition>, call: Call): Promise<Output<typeof failPartition>> {
    let answer = { retry: false, delayMs: 0 };
    await this.held.within(input, call, async (tx, run, part) => {
      const failures = part.failures + 1;
      const retry = input.retryable && failures < MAX_FAILURES;
      answer = { retry, delayMs: retry ? Math.round(backoff(failures, RETRY_BASE_MS, RETRY_MAX_MS)) : 0 };
      const state = retry ? 'queued' : 'failed';
      await this.save(tx, {
        ...part,
        state,
        failures,
        discard: input.discard ?? part.discard,
        // It waits with us, not in the queue, where it would keep out others.
        offeredAt: retry ? null : part.offeredAt,
        notBefore: retry ? new Date(call.clock.now().getTime() + answer.delayMs) : null,
        touchedAt: call.clock.now(),
      });
      if (retry) return { run, parts: await partitionsOf(tx, run.id) };
      const failure = { code: input.code, detail: input.detail, stream: part.streamName };
      return endRun(tx, run, { state: 'failed', failure }, call.clock);
    });
    this.admission.kick();
    return answer;
  }

  /** The other streams of a feed become what their lead has become. */
  private async saveMembers(
    tx: Tx,
    lead: PartitionRow,
    reports: readonly MemberReport[] = [],
    change: Partial<PartitionRow>,
    { clock }: Call,
  ): Promise<void> {
    for (const { partitionId, counts, rejects, projection } of reports) {
      const member = await tx.table(partitions).findOneBy({ id: partitionId, lead: lead.id });
      if (!member) throw new Problem(syncProblems.fenced);
      const sums = totals(member, { counts, rejects, startedOver: false });
      await this.save(tx, {
        ...member,
        ...sums,
        ...(projection ? { projection } : {}),
        ...change,
        touchedAt: clock.now(),
      });
    }
  }

  private async save(tx: Tx, part: PartitionRow): Promise<void> {
    // Not `save`, which would read the row again that was just read.
    const { id, ...changes } = part;
    await tx.table(partitions).update({ id }, changes as never);
  }
}

/** What a partition has done in all its attempts, or in this one alone where it had to start over. */
function totals(
  { baseCounts, baseRejects }: PartitionRow,
  { counts, rejects, startedOver }: { counts: Counts; rejects: Reject[]; startedOver: boolean },
): Pick<PartitionRow, 'counts' | 'rejects'> {
  if (startedOver) return { counts, rejects };
  return { counts: sumCounts([baseCounts, counts]), rejects: mergeRejects([...baseRejects, ...rejects]) };
}

/** Where all rejected records lie: as the worker says now, nowhere once it started over, else as before. */
function rejectsAfter(
  part: PartitionRow,
  { sealedRejects, startedOver }: Input<typeof checkpointPartition>,
): Buffer | null {
  if (sealedRejects !== undefined) return fromBase64url(sealedRejects)!;
  return startedOver ? null : part.sealedRejects;
}

type MemberReport = NonNullable<Input<typeof checkpointPartition>['members']>[number] &
  Partial<Pick<NonNullable<Input<typeof finishPartition>['members']>[number], 'projection'>>;

function readMapping({ document }: RunRow, { stream }: PartitionRow): StreamMapping {
  return (document as unknown as PipelineDocument).streams[stream]!;
}

/** Where the next run goes on, if the worker says so. */
async function keepPosition(
  tx: Tx,
  run: RunRow,
  part: PartitionRow,
  sealedPosition: string | undefined,
  { clock }: Call,
): Promise<void> {
  if (sealedPosition === undefined) return;
  const { pipelineId } = run;
  const streamName = positionName(readingKind(readMapping(run, part).read), part);
  const sealedState = fromBase64url(sealedPosition)!;
  await tx.table(streamPositions).update({ pipelineId, streamName }, { sealedState, updatedAt: clock.now() } as never);
}
