import {
  type checkpointPartition,
  type Counts,
  type failPartition,
  type finishPartition,
  type Input,
  kernelProblems,
  type Output,
  type Reject,
  syncProblems,
  type yieldPartition,
} from '@millrace/contracts';
import { fromBase64url } from '@millrace/crypto';
import { backoff, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import type { Admission } from '../admission/admission.js';
import { PAUSED } from '../pause/paused.js';
import { type PipelineDocument, readingKind } from '../engine/index.js';
import { positionName } from '../position/obtain-position.js';
import { streamPositions } from '../position/position.table.js';
import { announce } from '../run/announce.js';
import { endRun, hasEnded, lockRun } from '../run/end-run.js';
import { sumCounts } from '../run/run-counts.js';
import { type PartitionRow, partitionsOf, type RunRow } from '../run/run-view.js';
import { mergeRejects } from './merge-rejects.js';
import { partitions } from './partition.table.js';

/** A partition that failed this often for passing reasons ends its run. */
const MAX_FAILURES = 8;
const RETRY_BASE_MS = 500;
const RETRY_MAX_MS = 30_000;

interface Held {
  readonly runId: string;
  readonly partitionId: string;
  readonly fence: number;
}

/** What workers tell of the partitions that they hold: where they stand, that they are done, that they cannot go on. */
export class ReportPartition {
  constructor(
    private readonly runtime: Runtime,
    private readonly admission: Admission,
  ) {}

  async checkpoint(input: Input<typeof checkpointPartition>, call: Call): Promise<Output<typeof checkpointPartition>> {
    await this.withHeld(input, call, async (tx, run, part) => {
      await this.save(tx, {
        ...part,
        sealedState: fromBase64url(input.sealedState)!,
        sealedRejects: rejectsAfter(part, input),
        ...totals(part, input),
        expectedRows: input.expectedRows ?? part.expectedRows,
        touchedAt: call.clock.now(),
      });
      await this.saveMembers(tx, part, input.members, {}, call);
      await keepPosition(tx, run, part, input.sealedPosition, call);
      return { run, parts: await partitionsOf(tx, run.id) };
    });
    return { carryOn: !(await this.isPaused(input.runId, call)) };
  }

  /** A partition that was paused, or whose worker stops, waits to be admitted again; nothing was wrong with it. */
  async yield(input: Input<typeof yieldPartition>, call: Call): Promise<Output<typeof yieldPartition>> {
    await this.withHeld(input, call, async (tx, run, part) => {
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
    await this.withHeld(input, call, async (tx, run, part) => {
      await this.save(tx, {
        ...part,
        state: 'succeeded',
        ...totals(part, input),
        projection: input.projection,
        comparison: input.comparison ?? null,
        discard: input.discard,
        touchedAt: call.clock.now(),
      });
      await this.saveMembers(tx, part, input.members, { state: 'succeeded', discard: input.discard }, call);
      await keepPosition(tx, run, part, input.sealedPosition, call);
      const parts = await partitionsOf(tx, run.id);
      const isDone = parts.every((one) => one.state === 'succeeded');
      return isDone ? endRun(tx, run, { state: 'succeeded' }, call.clock) : { run, parts };
    });
    this.admission.kick();
    return { accepted: true };
  }

  async fail(input: Input<typeof failPartition>, call: Call): Promise<Output<typeof failPartition>> {
    let answer = { retry: false, delayMs: 0 };
    await this.withHeld(input, call, async (tx, run, part) => {
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

  /** Runs `work` if the worker still holds the partition of a run that goes on; then tells whoever watches. */
  private async withHeld(
    { runId, partitionId, fence }: Held,
    call: Call,
    work: (tx: Tx, run: RunRow, part: PartitionRow) => Promise<{ run: RunRow; parts: readonly PartitionRow[] }>,
  ): Promise<void> {
    const orgId = await this.organizationOf(runId, call);
    const after = await call.tx(
      async (tx) => {
        const run = await lockRun(tx, runId);
        const part = await tx.table(partitions).findOneBy({ id: partitionId, runId });
        if (!run || !part || hasEnded(run)) throw new Problem(syncProblems.runEnded);
        if (part.fence !== fence || part.state !== 'running') throw new Problem(syncProblems.fenced);
        return work(tx, run, part);
      },
      { orgId },
    );
    announce(this.runtime, after.run, after.parts);
  }

  private async isPaused(runId: string, call: Call): Promise<boolean> {
    const rows = await call.tx(
      (tx) => tx.query(`select 1 from run r where r.id = $1 and ${PAUSED}`, [runId]),
      'region',
    );
    return rows.length > 0;
  }

  private async organizationOf(runId: string, call: Call): Promise<string> {
    const [row] = await call.tx(
      (tx) => tx.query<{ org_id: string }>('select org_id from run where id = $1', [runId]),
      'region',
    );
    if (!row) throw new Problem(kernelProblems.notFound);
    return row.org_id;
  }

  private async save(tx: Tx, part: PartitionRow): Promise<void> {
    await tx.table(partitions).save(part as never);
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

/** Where the next run goes on, if the worker says so. */
async function keepPosition(
  tx: Tx,
  { pipelineId, document }: RunRow,
  part: PartitionRow,
  sealedPosition: string | undefined,
  { clock }: Call,
): Promise<void> {
  if (sealedPosition === undefined) return;
  const { streams } = document as unknown as PipelineDocument;
  const streamName = positionName(readingKind(streams[part.stream]!.read), part);
  const sealedState = fromBase64url(sealedPosition)!;
  await tx.table(streamPositions).update({ pipelineId, streamName }, { sealedState, updatedAt: clock.now() } as never);
}
