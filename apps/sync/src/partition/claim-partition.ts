import { randomBytes } from 'node:crypto';
import {
  type claimPartition,
  type Input,
  kernelProblems,
  type Output,
  partitionStateContext,
  syncProblems,
} from '@millrace/contracts';
import type { Sealer } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { isMeasured, type PipelineDocument, readingKind, type ReadingKind } from '../engine/index.js';
import { knownShapes } from '../drift/known-shapes.js';
import { obtainFeed } from '../feed/feeds-of-pipeline.js';
import type { Admission } from '../admission/admission.js';
import { minimumGroupSize } from '../metric/minimum-group-size.js';
import { PAUSED } from '../pause/paused.js';
import { obtainPosition, positionName } from '../position/obtain-position.js';
import { announce } from '../run/announce.js';
import { endRun, hasEnded, lockRun } from '../run/end-run.js';
import { type PartitionRow, partitionsOf, type RunRow } from '../run/run-view.js';
import { runs } from '../run/run.table.js';
import { answerClaim, type Claimed } from './answer-claim.js';
import { type LeaseGrants } from './lease-grants.js';
import { type OrganizationSealers } from './organization-sealers.js';
import { partitions } from './partition.table.js';

type ClaimInput = Input<typeof claimPartition>;

const PARTITION_KEY_BYTES = 32;
/** Attempts at one partition, hand-overs of stopping workers included; one that kills its workers must not do so for ever. */
const MAX_ATTEMPTS = 100;

/** Work of an organization whose key the vault does not give is offered again after this time. */
const KEY_PAUSE_MS = 5_000;

interface Whereabouts {
  readonly id: string;
  readonly orgId: string;
  readonly isPaused: boolean;
}

/** Gives a partition to a worker. The fence rises, so that whoever held it before is refused from now on. */
export class ClaimPartition {
  constructor(
    private readonly runtime: Runtime,
    private readonly grants: LeaseGrants,
    private readonly sealers: OrganizationSealers,
    private readonly admission: Admission,
  ) {}

  async execute(input: ClaimInput, call: Call): Promise<Output<typeof claimPartition>> {
    const { workerKey } = input;
    const known = await this.find(input, call);
    if (known.isPaused) throw await this.defer(input, known.orgId, call, 0);
    const sealer = await this.sealers.of(known.orgId).catch(async (cause: unknown) => {
      throw await this.defer(input, known.orgId, call, KEY_PAUSE_MS, cause);
    });
    const fresh = sealer.seal(randomBytes(PARTITION_KEY_BYTES), partitionStateContext(known.id));
    const claimed = await call.tx((tx) => this.claim(tx, input, { sealer, freshKey: fresh, call }), {
      orgId: known.orgId,
    });
    announce(this.runtime, claimed.run, claimed.parts);
    this.admission.kick();
    return answerClaim(claimed, { workerKey, sealer, grants: this.grants });
  }

  private async find({ partitionId, runId }: ClaimInput, call: Call): Promise<Whereabouts> {
    const [found] = await call.tx(
      (tx) =>
        tx.query<Whereabouts>(
          `select p.id, p.org_id as "orgId", (p.needs_approval and p.not_before > $3) or ${PAUSED} as "isPaused"
           from partition p join run r on r.id = p.run_id where p.id = $1 and r.id = $2`,
          [partitionId, runId, call.clock.now()],
        ),
      'region',
    );
    if (!found) throw new Problem(syncProblems.runEnded);
    return found;
  }

  /**
   * Takes a partition back that cannot be worked on now, so that it does not hold a place among those that are offered: it
   * is offered again in its turn.
   */
  private async defer(
    { partitionId }: ClaimInput,
    orgId: string,
    call: Call,
    pauseMs: number,
    cause?: unknown,
  ): Promise<Problem> {
    const notBefore = new Date(call.clock.now().getTime() + pauseMs);
    await call.tx(
      (tx) =>
        tx.query(
          `update partition set offered_at = null, not_before = greatest(not_before, $2) where id = $1 and state = 'queued'`,
          [partitionId, notBefore],
        ),
      { orgId },
    );
    return new Problem(syncProblems.notNow, { cause });
  }

  private async claim(
    tx: Tx,
    { runId, partitionId }: ClaimInput,
    { sealer, freshKey, call }: { sealer: Sealer; freshKey: Buffer; call: Call },
  ): Promise<Claimed> {
    const run = await lockRun(tx, runId);
    const part = await tx.table(partitions).findOneBy({ id: partitionId });
    if (!run || !part) throw new Problem(kernelProblems.notFound);
    if (hasEnded(run) || (part.state !== 'queued' && part.state !== 'running'))
      throw new Problem(syncProblems.runEnded);
    const replayed = part.replays ? await tx.table(partitions).findOneBy({ id: part.replays }) : null;
    if (part.replays && !replayed?.sealedRejects) {
      const detail = 'What the earlier run rejected is not known any more.';
      const failure = { code: syncProblems.nothingToReplay.code, detail, stream: part.streamName };
      return endRun(tx, run, { state: 'failed', failure }, call.clock);
    }
    if (part.attempt >= MAX_ATTEMPTS) {
      const detail = 'Workers kept stopping in the middle of this stream.';
      const failure = { code: 'sync.too-many-attempts', detail, stream: part.streamName };
      // An error here would undo the end of the run.
      return endRun(tx, run, { state: 'failed', failure }, call.clock);
    }
    const now = call.clock.now();
    const claimed: PartitionRow = {
      ...part,
      state: 'running',
      fence: part.fence + 1,
      attempt: part.attempt + 1,
      needsApproval: false,
      sealedKey: part.sealedKey ?? freshKey,
      baseCounts: part.counts,
      baseRejects: part.rejects,
      touchedAt: now,
    };
    await tx.table(partitions).update({ id: part.id }, claimed as never);
    if (run.state === 'queued') await tx.table(runs).update({ id: run.id }, { state: 'running', startedAt: now });
    const started: RunRow = { ...run, state: 'running', startedAt: run.startedAt ?? now };
    const reading = readingOf(run, part);
    const moves = run.kind === 'move' && !part.replays;
    const follow = moves && reading === 'changes' ? await this.claimMembers(tx, run, claimed, call) : undefined;
    const position =
      moves && reading !== 'full'
        ? await obtainPosition(tx, run, positionName(reading, part), sealer, call)
        : undefined;
    const shapes = moves
      ? await knownShapes(tx, run, [part.stream, ...(follow?.members ?? []).map(({ stream }) => stream)])
      : [];
    const parts = await partitionsOf(tx, run.id);
    return { run: started, parts, part: claimed, position, follow, replayed, shapes, ...this.leastGroup(run, part) };
  }

  /** What is moved in part, or moved again, is not measured. */
  private leastGroup(run: RunRow, part: PartitionRow): Pick<Claimed, 'minimumGroupSize'> {
    const seesAll = run.kind !== 'compare' && !part.replays && !run.backfill;
    const document = run.document as unknown as PipelineDocument;
    const minimum = minimumGroupSize(this.runtime.charter);
    return seesAll && minimum !== undefined && isMeasured(document, part.streamName)
      ? { minimumGroupSize: minimum }
      : {};
  }

  /** The other streams of a feed go with the one that leads. */
  private async claimMembers(tx: Tx, run: RunRow, lead: PartitionRow, { clock }: Call): Promise<Claimed['follow']> {
    const members = (await partitionsOf(tx, run.id)).filter((one) => one.lead === lead.id);
    for (const member of members)
      await tx.table(partitions).save({
        ...member,
        state: 'running',
        baseCounts: member.counts,
        baseRejects: member.rejects,
        touchedAt: clock.now(),
      } as never);
    const feed = await obtainFeed(tx, run, clock);
    return { feed, members: members.map(({ id, stream }) => ({ partitionId: id, stream })) };
  }
}

function readingOf(run: RunRow, part: PartitionRow): ReadingKind {
  const { streams } = run.document as unknown as PipelineDocument;
  return readingKind(streams[part.stream]!.read);
}
