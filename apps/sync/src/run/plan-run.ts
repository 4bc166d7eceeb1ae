import type { RunTrigger, Backfill } from '@millrace/contracts';
import { type Clock, newId } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { type PipelineDocument, PRIORITIES } from '../engine/index.js';
import { partitions } from '../partition/partition.table.js';
import type { pipelines } from '../pipeline/pipeline.table.js';
import { NO_COUNTS } from './run-counts.js';
import type { PartitionRow, RunRow } from './run-view.js';
import { runs } from './run.table.js';

/** Why a run starts and what of its pipeline it moves. */
export interface RunRequest {
  readonly trigger: RunTrigger;
  /** The person who asked for it. */
  readonly startedBy: string | null;
  /** Names of source streams. Default: all. */
  readonly streams?: readonly string[];
  readonly backfill?: Backfill;
  readonly acceptChanges?: boolean;
}

/** Writes a run and its partitions, one per stream; they wait until they are admitted. */
export async function planRun(
  tx: Tx,
  pipeline: Row<typeof pipelines>,
  request: RunRequest,
  clock: Clock,
): Promise<{ run: RunRow; parts: PartitionRow[] }> {
  const document = pipeline.document as unknown as PipelineDocument;
  const run = newRun(pipeline, document, request, clock);
  const wanted = (name: string) => request.streams === undefined || request.streams.includes(name);
  const parts = document.streams.flatMap((stream, index) =>
    wanted(stream.from) ? [newPartition(run, document, index, clock)] : [],
  );
  await tx.table(runs).insert(run as never);
  await tx.table(partitions).insert(parts as never);
  return { run, parts };
}

function newRun(
  pipeline: Row<typeof pipelines>,
  document: PipelineDocument,
  { trigger, startedBy, backfill, acceptChanges }: RunRequest,
  clock: Clock,
): RunRow {
  return {
    id: newId(clock),
    orgId: pipeline.orgId,
    pipelineId: pipeline.id,
    pipeline: pipeline.name,
    pipelineVersion: pipeline.version,
    mappingDigest: pipeline.digest,
    document: pipeline.document,
    sourceConnectionId: pipeline.sourceConnectionId,
    targetConnectionId: pipeline.targetConnectionId,
    sourceProvider: pipeline.sourceProvider,
    targetProvider: pipeline.targetProvider,
    concurrency: document.source.concurrency,
    startedBy,
    trigger,
    backfill: backfill ?? null,
    acceptChanges: acceptChanges ?? false,
    state: 'queued',
    failureCode: null,
    failureDetail: null,
    failureStream: null,
    queuedAt: clock.now(),
    startedAt: null,
    endedAt: null,
    receipt: null,
  };
}

function newPartition(run: RunRow, document: PipelineDocument, index: number, clock: Clock): PartitionRow {
  const stream = document.streams[index]!;
  return {
    id: newId(clock),
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
    offeredAt: null,
    notBefore: null,
    priority: PRIORITIES.indexOf(document.priority),
    touchedAt: clock.now(),
  };
}
