import { runCancelled, runFailed, runSucceeded } from '@millrace/contracts';
import type { Clock } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { PipelineDocument } from '../engine/index.js';
import { forgetReported } from '../metric/forget-results.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import { isComparable, planRun } from './plan-run.js';
import { runDetails } from './run-details.js';
import { composeReceipt, receiptDigest } from './receipt.js';
import { type PartitionRow, partitionsOf, type RunRow } from './run-view.js';
import { runs } from './run.table.js';

export interface Ending {
  readonly state: 'succeeded' | 'failed' | 'cancelled';
  readonly failure?: { readonly code: string; readonly detail: string; readonly stream?: string };
}

/**
 * Ends a run in one transaction: its open partitions, its receipt, the ledger entry with the receipt's digest, and the
 * event. Answers what the run has become. The positions of its partitions are forgotten; where rejected records lie is
 * kept with the run, so that they can be moved again.
 */
export async function endRun(
  tx: Tx,
  run: RunRow,
  ending: Ending,
  clock: Clock,
): Promise<{ run: RunRow; parts: PartitionRow[] }> {
  const endedAt = endOf(run, clock);
  await tx.query(
    `update partition set state = case when state in ('queued', 'running') then 'cancelled' else state end,
       sealed_key = case when sealed_rejects is null then null else sealed_key end, sealed_state = null, touched_at = $2
     where run_id = $1`,
    [run.id, endedAt],
  );
  if (run.hasBudget) await tx.query('update query_estimate set is_done = true where run_id = $1', [run.id]);
  await forgetReported(tx, run.id);
  const parts = await partitionsOf(tx, run.id);
  const ended: RunRow = { ...run, state: ending.state, endedAt };
  const receipt = composeReceipt(ended, parts, endedAt);
  const digest = receiptDigest(receipt);
  const read = parts.reduce((sum, part) => sum + part.counts.read, 0);
  const ledgerEntryId = await tx.audit({
    event: 'run.ended',
    orgId: run.orgId,
    target: { kind: 'run', id: run.id },
    outcome: ending.state === 'succeeded' ? 'success' : 'failure',
    details: { state: ending.state, receiptDigest: digest, mappingDigest: run.mappingDigest, recordsRead: read },
  });
  const { failure } = ending;
  const changes = {
    state: ending.state,
    endedAt,
    receipt: { ...receipt, digest, ledgerEntryId },
    failureCode: failure?.code ?? null,
    failureDetail: failure?.detail.slice(0, 500) ?? null,
    failureStream: failure?.stream ?? null,
  };
  await tx.table(runs).update({ id: run.id }, changes as never);
  const ids = { orgId: run.orgId, runId: run.id, pipelineId: run.pipelineId };
  await goOn(tx, run, ending.state, clock.now());
  if (ending.state === 'succeeded') {
    await tx.emit(runSucceeded, ids);
    if (run.kind === 'move') await followUp(tx, run, clock);
  }
  if (ending.state === 'cancelled') await tx.emit(runCancelled, ids);
  if (ending.state === 'failed') await tx.emit(runFailed, { ...ids, code: failure?.code ?? 'sync.failed' });
  return { run: { ...ended, ...changes }, parts };
}

/** Now, or the run's start where the clock was put back since. */
function endOf({ startedAt, queuedAt }: RunRow, clock: Clock): Date {
  const [now, start] = [clock.now(), startedAt ?? queuedAt];
  return now < start ? start : now;
}

/** What the success of a run sets off: the pipelines that wait for it, and the comparison that its document asks for. */
async function followUp(tx: Tx, run: RunRow, clock: Clock): Promise<void> {
  await tx.query('update pipeline set next_run_at = $2 where runs_after = $1', [run.pipeline, clock.now()]);
  const { compare } = run.document as unknown as PipelineDocument;
  const pipeline = compare === 'after-run' && (await tx.table(pipelines).findOneBy({ id: run.pipelineId }));
  const comparable = (run.document as unknown as PipelineDocument).streams.some(isComparable);
  if (!pipeline || !comparable) return;
  const comparison = await planRun(tx, pipeline, { kind: 'compare', trigger: 'pipeline', startedBy: null }, clock);
  await tx.audit({
    event: 'run.started',
    orgId: run.orgId,
    target: { kind: 'run', id: comparison.run.id },
    details: runDetails(comparison.run),
  });
}

/** A failed run of a pipeline that goes on without an end is tried again after this time. In milliseconds. */
const CONTINUE_AFTER_FAILURE_MS = 60_000;

/** A pipeline that goes on without an end is due again once its run has ended; one that somebody cancelled is not. */
async function goOn(tx: Tx, run: RunRow, state: Ending['state'], now: Date): Promise<void> {
  const { schedule } = run.document as unknown as PipelineDocument;
  if (run.kind !== 'move' || !schedule || !('continuously' in schedule) || state === 'cancelled') return;
  const pause = state === 'failed' ? CONTINUE_AFTER_FAILURE_MS : 0;
  await tx.query(`update pipeline set next_run_at = $2 where id = $1 and document->'schedule' ? 'continuously'`, [
    run.pipelineId,
    new Date(now.getTime() + pause),
  ]);
}

/** The run locked for a decision about it; null when it does not exist in this scope. */
export function lockRun(tx: Tx, runId: string): Promise<RunRow | null> {
  return tx.table(runs).findOne({ where: { id: runId }, lock: { mode: 'pessimistic_write' } });
}

export const hasEnded = (run: RunRow): boolean => run.endedAt !== null;
