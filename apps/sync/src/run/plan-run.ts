import type { Backfill, RunKind, RunTrigger } from '@millrace/contracts';
import { type Clock, newId } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { hasBudget } from '../budget/use-of-month.js';
import { isMeasured, type PipelineDocument, PRIORITIES, type StreamMapping } from '../engine/index.js';
import { partitions } from '../partition/partition.table.js';
import type { pipelines } from '../pipeline/pipeline.table.js';
import { NO_COUNTS } from './run-counts.js';
import type { PartitionRow, RunRow } from './run-view.js';
import { runs } from './run.table.js';

/** Why a run starts and what of its pipeline it moves. */
export interface RunRequest {
  /** Default: it moves records. */
  readonly kind?: RunKind;
  readonly trigger: RunTrigger;
  /** The person who asked for it. */
  readonly startedBy: string | null;
  /** Names of source streams. Default: all. */
  readonly streams?: readonly string[];
  readonly backfill?: Backfill;
  readonly acceptChanges?: boolean;
  /** The run and, by stream, the partitions whose rejected records are moved again; other streams are left out. */
  readonly replay?: { readonly runId: string; readonly partitions: ReadonlyMap<string, readonly string[]> };
}

/**
 * Writes a run and its partitions, one per stream; they wait until they are admitted. Whoever takes a long stream first
 * may split it.
 */
export async function planRun(
  tx: Tx,
  pipeline: Row<typeof pipelines>,
  request: RunRequest,
  clock: Clock,
): Promise<{ run: RunRow; parts: PartitionRow[] }> {
  const document = pipeline.document as unknown as PipelineDocument;
  const isBudgeted = await hasBudget(tx, pipeline.sourceConnectionId);
  const run = newRun(pipeline, document, { ...request, isBudgeted }, clock);
  const { streams, replay, kind } = request;
  const wanted = (stream: StreamMapping) =>
    (replay ? replay.partitions.has(stream.from) : (streams?.includes(stream.from) ?? true)) &&
    (kind !== 'compare' || isComparable(stream)) &&
    (kind !== 'measure' || isMeasured(document, stream.from));
  const parts = document.streams.flatMap((stream, index) =>
    wanted(stream)
      ? (replay?.partitions.get(stream.from) ?? [undefined]).map((replays) =>
          newPartition(run, document, index, replays, clock),
        )
      : [],
  );
  const led = run.kind === 'move' ? underOneLead(document, parts) : parts;
  await tx.table(runs).insert(run as never);
  await tx.table(partitions).insert(led as never);
  return { run, parts: led };
}

/** Streams that follow the source's log come through one feed, so one worker moves them all: the first leads. */
function underOneLead({ streams }: PipelineDocument, parts: PartitionRow[]): PartitionRow[] {
  const following = parts.filter(({ stream, replays }) => streams[stream]!.read === 'changes' && replays === null);
  const [first] = following;
  return parts.map((part) => (following.includes(part) && part !== first ? { ...part, lead: first!.id } : part));
}

/** Whether records of the stream are known by a key on both sides. */
export function isComparable({ mode, key }: StreamMapping): boolean {
  return mode !== 'append' && key.length > 0;
}

function newRun(
  pipeline: Row<typeof pipelines>,
  document: PipelineDocument,
  { kind, trigger, startedBy, backfill, acceptChanges, replay, isBudgeted }: RunRequest & { isBudgeted: boolean },
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
    kind: kind ?? 'move',
    trigger,
    backfill: backfill ?? null,
    replayOf: replay?.runId ?? null,
    hasBudget: isBudgeted,
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

function newPartition(
  run: RunRow,
  document: PipelineDocument,
  index: number,
  replays: string | undefined,
  clock: Clock,
): PartitionRow {
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
    keyOf: null,
    sealedKey: null,
    sealedState: null,
    sealedRejects: null,
    lead: null,
    replays: replays ?? null,
    baseCounts: NO_COUNTS,
    counts: NO_COUNTS,
    expectedRows: null,
    projection: null,
    baseRejects: [],
    rejects: [],
    comparison: null,
    discard: null,
    needsApproval: false,
    offeredAt: null,
    notBefore: null,
    priority: PRIORITIES.indexOf(document.priority),
    touchedAt: clock.now(),
  };
}
