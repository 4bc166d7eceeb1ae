import { runCancelled, runFailed, runSucceeded } from '@millrace/contracts';
import type { Clock } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import { composeReceipt, receiptDigest } from './receipt.js';
import { type PartitionRow, partitionsOf, type RunRow } from './run-view.js';
import { runs } from './run.table.js';

export interface Ending {
  readonly state: 'succeeded' | 'failed' | 'cancelled';
  readonly failure?: { readonly code: string; readonly detail: string; readonly stream?: string };
}

/**
 * Ends a run in one transaction: its open partitions, its receipt, the ledger entry with the receipt's digest, and the
 * event. Answers what the run has become. The positions of its partitions are forgotten.
 */
export async function endRun(
  tx: Tx,
  run: RunRow,
  ending: Ending,
  clock: Clock,
): Promise<{ run: RunRow; parts: PartitionRow[] }> {
  const endedAt = clock.now();
  await tx.query(
    `update partition set state = case when state in ('queued', 'running') then 'cancelled' else state end,
       sealed_key = null, sealed_state = null, touched_at = $2 where run_id = $1`,
    [run.id, endedAt],
  );
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
  if (ending.state === 'succeeded') {
    await tx.emit(runSucceeded, ids);
    await tx.query('update pipeline set next_run_at = $2 where runs_after = $1', [run.pipeline, endedAt]);
  }
  if (ending.state === 'cancelled') await tx.emit(runCancelled, ids);
  if (ending.state === 'failed') await tx.emit(runFailed, { ...ids, code: failure?.code ?? 'sync.failed' });
  return { run: { ...ended, ...changes }, parts };
}

/** The run locked for a decision about it; null when it does not exist in this scope. */
export function lockRun(tx: Tx, runId: string): Promise<RunRow | null> {
  return tx.table(runs).findOne({ where: { id: runId }, lock: { mode: 'pessimistic_write' } });
}

export const hasEnded = (run: RunRow): boolean => run.endedAt !== null;
