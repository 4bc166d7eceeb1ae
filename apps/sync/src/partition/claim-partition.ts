import { randomBytes } from 'node:crypto';
import {
  type claimPartition,
  type Input,
  kernelProblems,
  type Output,
  partitionKeyInfo,
  partitionStateContext,
  positionKeyInfo,
  positionStateContext,
  syncProblems,
} from '@millrace/contracts';
import { type Sealer, sealTo, toBase64url } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import type { PipelineDocument } from '../engine/index.js';
import type { Admission } from '../admission/admission.js';
import { obtainPosition, type PositionRow } from '../position/obtain-position.js';
import { announce } from '../run/announce.js';
import { endRun, hasEnded, lockRun } from '../run/end-run.js';
import { type PartitionRow, partitionsOf, type RunRow } from '../run/run-view.js';
import { runs } from '../run/run.table.js';
import { type LeaseGrants } from './lease-grants.js';
import { type OrganizationSealers } from './organization-sealers.js';
import { partitions } from './partition.table.js';

type ClaimInput = Input<typeof claimPartition>;

const PARTITION_KEY_BYTES = 32;
/** Attempts at one partition, hand-overs of stopping workers included; one that kills its workers must not do so for ever. */
const MAX_ATTEMPTS = 100;

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
    const known = await call.tx(
      (tx) => tx.table(partitions).findOneBy({ id: input.partitionId, runId: input.runId }),
      'region',
    );
    if (!known) throw new Problem(syncProblems.runEnded);
    const sealer = await this.sealers.of(known.orgId);
    const fresh = sealer.seal(randomBytes(PARTITION_KEY_BYTES), partitionStateContext(known.id));
    const claimed = await call.tx((tx) => this.claim(tx, input, { sealer, freshKey: fresh, call }), {
      orgId: known.orgId,
    });
    announce(this.runtime, claimed.run, claimed.parts);
    this.admission.kick();
    const { run, part, position } = claimed;
    if (!part) throw new Problem(syncProblems.runEnded);
    const toWorker = async (sealed: Buffer, context: Record<string, string>, info: Record<string, string>) => {
      const key = sealer.open(sealed, context);
      const forWorker = await sealTo(workerKey, key, info);
      key.fill(0);
      return toBase64url(forWorker);
    };
    const sealedKey = await toWorker(
      part.sealedKey!,
      partitionStateContext(part.id),
      partitionKeyInfo(part.id, part.fence),
    );
    const grant = (connectionId: string) =>
      this.grants.forRun({
        orgId: run.orgId,
        connectionId,
        runId: run.id,
        partitionId: part.id,
        fence: part.fence,
        workerKey,
      });
    const [sourceGrant, targetGrant] = await Promise.all([
      grant(run.sourceConnectionId),
      grant(run.targetConnectionId),
    ]);
    return {
      fence: part.fence,
      orgId: run.orgId,
      document: run.document as Output<typeof claimPartition>['document'],
      stream: part.stream,
      sealedKey,
      ...(part.sealedState ? { sealedState: toBase64url(part.sealedState) } : {}),
      attempt: part.attempt,
      acceptChanges: run.acceptChanges,
      ...(run.backfill ? { backfill: run.backfill } : {}),
      ...(position
        ? {
            position: {
              positionId: position.id,
              sealedKey: await toWorker(
                position.sealedKey,
                positionStateContext(position.id),
                positionKeyInfo(position.id, part.fence),
              ),
              ...(position.sealedState ? { sealedState: toBase64url(position.sealedState) } : {}),
            },
          }
        : {}),
      sourceGrant,
      targetGrant,
    };
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
      sealedKey: part.sealedKey ?? freshKey,
      baseCounts: part.counts,
      baseRejects: part.rejects,
      touchedAt: now,
    };
    await tx.table(partitions).save(claimed as never);
    if (run.state === 'queued') await tx.table(runs).update({ id: run.id }, { state: 'running', startedAt: now });
    const started: RunRow = { ...run, state: 'running', startedAt: run.startedAt ?? now };
    const position = isIncremental(run, part)
      ? await obtainPosition(tx, run, part.streamName, sealer, call)
      : undefined;
    return { run: started, parts: await partitionsOf(tx, run.id), part: claimed, position };
  }
}

interface Claimed {
  readonly run: RunRow;
  readonly parts: readonly PartitionRow[];
  readonly part?: PartitionRow;
  readonly position?: PositionRow;
}

/** Whether the next run of the stream goes on where this one ends. */
function isIncremental(run: RunRow, part: PartitionRow): boolean {
  const { streams } = run.document as unknown as PipelineDocument;
  return streams[part.stream]!.read !== 'full';
}
