import { kernelProblems, type Run, syncProblems, workQueue } from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { type ConnectionDesk } from '../connection/inspect-connection.js';
import type { PipelineDocument } from '../engine/index.js';
import { partitions } from '../partition/partition.table.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import { NO_COUNTS } from './run-counts.js';
import { type PartitionRow, type RunRow, viewRun } from './run-view.js';
import { runs } from './run.table.js';

/** Queues a run: its partitions and their work items are decided in one transaction. */
export class StartRun {
  constructor(private readonly desk: ConnectionDesk) {}

  async execute(name: string, call: Call): Promise<Run> {
    const { orgId } = call.user;
    const pipeline = await call.tx((tx) => tx.table(pipelines).findOneBy({ name }));
    if (!pipeline) throw new Problem(kernelProblems.notFound);
    await Promise.all(
      [pipeline.sourceConnectionId, pipeline.targetConnectionId].map((id) => this.desk.active(call, orgId, id)),
    );
    return call.act(async (tx, about) => {
      const locked = await tx
        .table(pipelines)
        .findOne({ where: { id: pipeline.id }, lock: { mode: 'pessimistic_write' } });
      if (!locked) throw new Problem(kernelProblems.notFound);
      const active = await tx.query('select 1 from run where pipeline_id = $1 and ended_at is null limit 1', [
        locked.id,
      ]);
      if (active.length) throw new Problem(syncProblems.runActive);
      const run = newRun(locked, call);
      await tx.table(runs).insert(run as never);
      const parts = await this.plan(tx, run, call);
      about({
        target: { kind: 'run', id: run.id },
        details: { pipelineId: locked.id, pipelineVersion: locked.version, mappingDigest: locked.digest },
      });
      return viewRun(run, parts);
    });
  }

  /** One partition per stream; a work item carries ids only. */
  private async plan(tx: Tx, run: RunRow, call: Call): Promise<PartitionRow[]> {
    const document = run.document as unknown as PipelineDocument;
    const parts = document.streams.map((stream, index): PartitionRow => ({
      id: newId(call.clock),
      orgId: run.orgId,
      runId: run.id,
      stream: index,
      streamName: stream.from,
      targetName: `${document.target.schema}.${stream.to}`,
      state: 'queued',
      fence: 0,
      attempt: 0,
      failures: 0,
      sealedKey: null,
      sealedState: null,
      baseCounts: NO_COUNTS,
      counts: NO_COUNTS,
      expectedRows: null,
      projection: null,
      baseRejects: [],
      rejects: [],
      discard: null,
      touchedAt: call.clock.now(),
    }));
    for (const part of parts) {
      await tx.table(partitions).insert(part as never);
      await tx.enqueue(workQueue.subject, { runId: run.id, partitionId: part.id });
    }
    return parts;
  }
}

function newRun(pipeline: Row<typeof pipelines>, call: Call): RunRow {
  return {
    id: newId(call.clock),
    orgId: pipeline.orgId,
    pipelineId: pipeline.id,
    pipeline: pipeline.name,
    pipelineVersion: pipeline.version,
    mappingDigest: pipeline.digest,
    document: pipeline.document,
    sourceConnectionId: pipeline.sourceConnectionId,
    targetConnectionId: pipeline.targetConnectionId,
    startedBy: call.user.userId,
    state: 'queued',
    failureCode: null,
    failureDetail: null,
    failureStream: null,
    queuedAt: call.clock.now(),
    startedAt: null,
    endedAt: null,
    receipt: null,
  };
}
