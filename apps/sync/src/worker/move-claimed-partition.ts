import {
  checkpointPartition,
  claimPartition,
  type Counts,
  type Discard,
  failPartition,
  finishPartition,
  type Output,
  partitionKeyInfo,
  type Reject,
  syncProblems,
} from '@millrace/contracts';
import { ConnectorError, type DiscardAttestation, findStream } from '@millrace/connector-sdk';
import { createFieldHasher, createFieldTokenizer, fromBase64url, openSealed } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import type { Runtime } from '@millrace/service';
import {
  type CheckpointReport,
  type CompiledStream,
  compilePipeline,
  MoveFailed,
  movePartition,
  type PartitionResult,
  type PipelineDocument,
  type RejectGroup,
  validatePipeline,
} from '../engine/index.js';
import { PartitionVault } from './partition-state.js';
import { mergeRejects } from '../partition/merge-rejects.js';
import { NO_COUNTS } from '../run/run-counts.js';
import { persistently } from './persistently.js';
import { isPassing, type OpenSystem, type SystemSessions } from './system-sessions.js';

/** What a work item names: ids, nothing else. */
export interface WorkItem {
  readonly runId: string;
  readonly partitionId: string;
}

/** What to do with the work item afterwards. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'again'; readonly delayMs: number };

type Claim = Output<typeof claimPartition>;

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
      const { result, stream } = await this.move(item, claim, signal);
      await persistently(
        () => this.runtime.client.call(finishPartition, { ...held, ...finishReport(result, stream) }, SELF),
        signal,
      );
      return DONE;
    } catch (error) {
      if (isOver(reasonOf(error)) || signal.aborted) return signal.aborted ? { kind: 'again', delayMs: 0 } : DONE;
      return this.report(held, error, signal);
    }
  }

  private async move(
    item: WorkItem,
    claim: Claim,
    signal: AbortSignal,
  ): Promise<{ result: PartitionResult; stream: CompiledStream }> {
    const key = await openSealed(
      this.sessions.workerKey,
      fromBase64url(claim.sealedKey)!,
      partitionKeyInfo(item.partitionId, claim.fence),
    );
    const vault = new PartitionVault(item.partitionId, key);
    key.fill(0);
    const name = `millrace run ${item.runId.slice(-12)}`;
    const opened = await Promise.allSettled([
      this.sessions.open(claim.sourceGrant, name, signal),
      this.sessions.open(claim.targetGrant, name, signal),
    ]);
    const systems = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    try {
      const refused = opened.find((one) => one.status === 'rejected');
      if (refused) throw refused.reason;
      return await this.moveBetween(item, claim, vault, systems as [OpenSystem, OpenSystem], signal);
    } finally {
      await Promise.all(systems.map(({ session }) => session.close().catch(() => undefined)));
    }
  }

  private async moveBetween(
    item: WorkItem,
    claim: Claim,
    vault: PartitionVault,
    [source, target]: [OpenSystem, OpenSystem],
    signal: AbortSignal,
  ) {
    const stream = await this.compile(claim, source, target, signal);
    const known = claim.sealedState ? vault.open(claim.sealedState) : undefined;
    const bounds = known?.bounds ?? {
      upTo: await source.session.lastKey({ stream: stream.name, key: stream.partition.key, signal }),
    };
    const { records } = await source.session.estimate({ stream: stream.name, signal });
    const expectedRows = records === undefined ? undefined : Math.max(0, Math.round(records));
    let rejects: Reject[] = [];
    const report = (sealedState: string, counts: Counts) =>
      persistently(
        () =>
          this.runtime.client.call(
            checkpointPartition,
            {
              runId: item.runId,
              partitionId: item.partitionId,
              fence: claim.fence,
              sealedState,
              counts,
              rejects,
              expectedRows,
            },
            SELF,
          ),
        signal,
      );
    if (!known) await report(vault.seal({ bounds }), NO_COUNTS);
    const onCheckpoint = async ({ checkpoint, counts, rejects: fresh }: CheckpointReport) => {
      rejects = mergeRejects([...rejects, ...fresh.map(rejectOf)]);
      await report(vault.seal({ bounds, checkpoint }), { ...counts });
    };
    const result = await movePartition({
      stream,
      source: source.session,
      target: target.session,
      bounds,
      writeId: item.partitionId,
      resumeFrom: known?.checkpoint,
      attempt: claim.attempt,
      signal,
      onCheckpoint,
    });
    return { result, stream };
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

  private async report(
    held: { runId: string; partitionId: string; fence: number },
    error: unknown,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { code, detail, retryable } = describe(reasonOf(error));
    if (code === 'sync.unexpected')
      this.runtime.instruments.unexpected(reasonOf(error), { event: 'sync.partition.failed' });
    const discard = error instanceof MoveFailed ? discardOf(error.result.discard) : undefined;
    try {
      const answer = await persistently(
        () =>
          this.runtime.client.call(
            failPartition,
            { ...held, code, detail: detail.slice(0, 500), retryable, discard },
            SELF,
          ),
        signal,
      );
      return answer.retry ? { kind: 'again', delayMs: answer.delayMs } : DONE;
    } catch (failure) {
      return isOver(failure) ? DONE : { kind: 'again', delayMs: AWAY_DELAY_MS };
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
  return {
    code: 'sync.unexpected',
    detail: 'The worker met an error that it does not know; operators find it in its log.',
    retryable: true,
  };
}

function discardOf({ buffers, released, peakBytes, complete }: DiscardAttestation): Discard {
  return { buffers, released, peakBytes, complete };
}

function finishReport({ counts, rejected, discard }: PartitionResult, stream: CompiledStream) {
  return {
    counts: { ...counts },
    rejects: rejected.map(rejectOf),
    projection: {
      projected: stream.columns.map((column) => column.name),
      dropped: [...stream.dropped],
      hashed: [...stream.hashed],
    },
    discard: discardOf(discard),
  };
}

/** Without the bounds, which are positions, and the stream, which the partition names. */
function rejectOf({ stage, field, rule, count, fingerprints }: Omit<RejectGroup, 'bounds'>): Reject {
  return { stage, field, rule, count, fingerprints: [...fingerprints] };
}
