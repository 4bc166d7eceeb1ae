import {
  claimPartition,
  type Discard,
  failPartition,
  finishPartition,
  type Output,
  partitionKeyInfo,
  partitionStateContext,
  positionKeyInfo,
  positionStateContext,
  syncProblems,
  yieldPartition,
} from '@millrace/contracts';
import { ConnectorError, type DiscardAttestation, findStream } from '@millrace/connector-sdk';
import { createFieldHasher, createFieldTokenizer, fromBase64url, openSealed } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import type { Runtime } from '@millrace/service';
import {
  type Checkpoint,
  type CompiledStream,
  compilePipeline,
  limitOf,
  MoveFailed,
  movePartition,
  nextPosition,
  type PartitionPlan,
  type PartitionResult,
  type PipelineDocument,
  planPartition,
  type StreamPosition,
  validatePipeline,
} from '../engine/index.js';
import { NO_COUNTS } from '../run/run-counts.js';
import { CheckpointReports, type Held, rejectOf, WorkPaused } from './checkpoint-reports.js';
import { persistently } from './persistently.js';
import { StateSealer } from './state-sealer.js';
import { isPassing, type OpenSystem, type SystemSessions } from './system-sessions.js';

/** What a work item names: ids, nothing else. */
export interface WorkItem {
  readonly runId: string;
  readonly partitionId: string;
}

/** What to do with the work item afterwards. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'again'; readonly delayMs: number };

type Claim = Output<typeof claimPartition>;

/** Where a partition stands: what the run fixed at its start and how far it has come. */
interface PartitionState {
  readonly plan: PartitionPlan;
  readonly checkpoint?: Checkpoint;
}

interface Moved {
  readonly result: PartitionResult;
  readonly stream: CompiledStream;
  readonly sealedPosition?: string;
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

  async execute(item: WorkItem, signal: AbortSignal): Promise<Outcome> {
    const workerKey = this.sessions.workerKey.publicKey;
    let claim: Claim;
    try {
      claim = await this.runtime.client.call(claimPartition, { ...item, workerKey }, SELF);
    } catch (error) {
      return isOver(error) ? DONE : { kind: 'again', delayMs: AWAY_DELAY_MS };
    }
    const held = { runId: item.runId, partitionId: item.partitionId, fence: claim.fence };
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
    const state = await this.stateSealer<PartitionState>(
      claim.sealedKey,
      partitionKeyInfo(item.partitionId, claim.fence),
      partitionStateContext(item.partitionId),
    );
    const name = `millrace run ${item.runId.slice(-12)}`;
    const opened = await Promise.allSettled([
      this.sessions.open(claim.sourceGrant, name, signal),
      this.sessions.open(claim.targetGrant, name, signal),
    ]);
    const systems = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    try {
      const refused = opened.find((one) => one.status === 'rejected');
      if (refused) throw refused.reason;
      return await this.moveBetween(item, claim, state, systems as [OpenSystem, OpenSystem], signal);
    } finally {
      await Promise.all(systems.map(({ session }) => session.close().catch(() => undefined)));
    }
  }

  /** Opens a key that was sealed to this worker. */
  private async stateSealer<State>(
    sealedKey: string,
    info: Record<string, string>,
    context: Record<string, string>,
  ): Promise<StateSealer<State>> {
    const key = await openSealed(this.sessions.workerKey, fromBase64url(sealedKey)!, info);
    const sealer = new StateSealer<State>(key, context);
    key.fill(0);
    return sealer;
  }

  private async moveBetween(
    item: WorkItem,
    claim: Claim,
    state: StateSealer<PartitionState>,
    [source, target]: [OpenSystem, OpenSystem],
    signal: AbortSignal,
  ): Promise<Moved> {
    const stream = await this.compile(claim, source, target, signal);
    const positions = await this.positionOf(claim);
    const known = claim.sealedState ? state.open(claim.sealedState) : undefined;
    const plan =
      known?.plan ??
      (await planPartition({
        stream,
        source: source.session,
        position: positions?.known,
        backfill: claim.backfill,
        signal,
      }));
    const reports = new CheckpointReports(
      this.runtime,
      { ...item, fence: claim.fence },
      await expected(source, stream, signal),
      signal,
    );
    if (!known) await reports.send(state.seal({ plan }), NO_COUNTS, false);
    const result = await movePartition({
      stream,
      source: source.session,
      target: target.session,
      ...plan,
      writeId: item.partitionId,
      resumeFrom: known?.checkpoint,
      marks: { seal: (checkpoint) => state.seal({ plan, checkpoint }), open: (mark) => state.open(mark).checkpoint! },
      attempt: claim.attempt,
      limits: limitsOf(claim),
      signal,
      onCheckpoint: (report) => reports.add(report, state.seal({ plan, checkpoint: report.checkpoint })),
    });
    const next = nextPosition(stream, plan, result.checkpoint);
    return { result, stream, ...(positions && next ? { sealedPosition: positions.sealer.seal(next) } : {}) };
  }

  private async positionOf({ position, fence }: Claim) {
    if (!position) return undefined;
    const { positionId, sealedKey, sealedState } = position;
    const sealer = await this.stateSealer<StreamPosition>(
      sealedKey,
      positionKeyInfo(positionId, fence),
      positionStateContext(positionId),
    );
    return { sealer, known: sealedState === undefined ? undefined : sealer.open(sealedState) };
  }

  /** Both sides are looked at again, because they may have changed since the pipeline was applied. */
  private async compile(
    claim: Claim,
    source: OpenSystem,
    target: OpenSystem,
    signal: AbortSignal,
  ): Promise<CompiledStream> {
    const whole = claim.document as unknown as PipelineDocument;
    const mapping = whole.streams[claim.stream]!;
    const document = { ...whole, streams: [mapping] };
    const [sourceSchema, targetSchema] = await Promise.all([
      source.session.discover({ streams: [mapping.from], signal }),
      target.session.discover({ streams: [`${whole.target.schema}.${mapping.to}`], signal }),
    ]);
    if (!findStream(sourceSchema, mapping.from)) throw new ConnectorError('missing-stream', { stream: mapping.from });
    const faults = validatePipeline(document, sourceSchema, targetSchema);
    if (faults.length) throw new Problem(syncProblems.invalidPipeline, { errors: faults, detail: faults[0]!.message });
    const fieldKey = source.fieldKey.reveal();
    const keyed = { fieldHasher: createFieldHasher(fieldKey), tokenizer: createFieldTokenizer(fieldKey) };
    return compilePipeline(document, { source: sourceSchema, target: targetSchema, ...keyed })[0]!;
  }

  private async report(held: Held, error: unknown, signal: AbortSignal): Promise<Outcome> {
    const reason = reasonOf(error);
    const discard = error instanceof MoveFailed ? discardOf(error.result.discard) : undefined;
    const { code, detail, retryable } = describe(reason);
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

const reasonOf = (error: unknown): unknown => (error instanceof MoveFailed ? error.reason : error);

/** Whether sync says that this worker's part in the run is over. */
function isOver(error: unknown): boolean {
  return (
    error instanceof Problem && (error.code === syncProblems.runEnded.code || error.code === syncProblems.fenced.code)
  );
}

function describe(error: unknown): { code: string; detail: string; retryable: boolean } {
  if (error instanceof ConnectorError)
    return { code: `connector.${error.code}`, detail: error.message, retryable: error.retryable };
  if (error instanceof Problem)
    return { code: error.code, detail: error.details.detail ?? error.kind.help, retryable: isPassing(error) };
  if (error instanceof WorkPaused) return { code: 'sync.paused', detail: error.message, retryable: true };
  return {
    code: 'sync.unexpected',
    detail: 'The worker met an error that it does not know; operators find it in its log.',
    retryable: true,
  };
}

function discardOf({ buffers, released, peakBytes, complete }: DiscardAttestation): Discard {
  return { buffers, released, peakBytes, complete };
}

function finishReport({ result, stream, sealedPosition }: Moved) {
  const { counts, rejected, discard, startedOver } = result;
  return {
    counts: { ...counts },
    rejects: rejected.map(rejectOf),
    projection: {
      projected: stream.columns.map((column) => column.name),
      dropped: [...stream.dropped],
      hashed: [...stream.hashed],
    },
    discard: discardOf(discard),
    startedOver,
    ...(sealedPosition === undefined ? {} : { sealedPosition }),
  };
}

/** How many records the source expects to give, where it can say. */
async function expected({ session }: OpenSystem, { name }: CompiledStream, signal: AbortSignal) {
  const { records } = await session.estimate({ stream: name, signal });
  return records === undefined ? undefined : Math.max(0, Math.round(records));
}

function limitsOf({ document, acceptChanges }: Claim) {
  const { rejected, changed } = (document as unknown as PipelineDocument).limits;
  return { rejected: limitOf(rejected), ...(changed && !acceptChanges ? { changed: limitOf(changed) } : {}) };
}
