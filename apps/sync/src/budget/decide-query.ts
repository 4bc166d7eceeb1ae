import { approvalNeeded, syncProblems } from '@millrace/contracts';
import { type Clock, newId, Problem } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { type PipelineDocument, readingKind } from '../engine/index.js';
import type { PartitionRow, RunRow } from '../run/run-view.js';
import { connectionBudgets, queryEstimates } from './budget.table.js';
import { type BudgetRow, fits, monthOf, useOfMonth } from './use-of-month.js';

type EstimateRow = Row<typeof queryEstimates>;

/** What a query is expected to read from here on. */
export interface QueryEstimate {
  readonly records?: number;
  readonly bytes?: number;
  /** It lists keys beside the query that moves records. */
  readonly isListing?: boolean;
}

/**
 * Decides whether a partition may make its query: if it fits into what is left of the month, or somebody has approved it.
 * The budget's row is locked, so two queries never both pass what is left for one.
 */
export async function decideQuery(
  tx: Tx,
  run: RunRow,
  part: PartitionRow,
  { records, bytes, isListing = false }: QueryEstimate,
  clock: Clock,
): Promise<boolean> {
  const budget = await lockBudget(tx, run);
  const known = await tx.table(queryEstimates).findOneBy({ partitionId: part.id });
  const read = { bytes: known?.readBytes ?? 0, records: known?.readRecords ?? 0 };
  const listed = isListing
    ? { listedBytes: bytes ?? 0, listedRecords: records ?? 0 }
    : { listedBytes: known?.listedBytes ?? 0, listedRecords: known?.listedRecords ?? 0 };
  if (known?.decision === 'approved' && !isOverApproval({ ...known, ...listed })) {
    if (isListing) await tx.table(queryEstimates).update({ id: known.id }, listed);
    return true;
  }
  const month = monthOf(clock.now());
  // Of the query itself, which is over when keys are listed.
  const own = isListing ? read : { bytes: read.bytes + (bytes ?? 0), records: read.records + (records ?? 0) };
  const more = { bytes: own.bytes + listed.listedBytes, records: own.records + listed.listedRecords };
  const passes = !budget || fits(budget, await useOfMonth(tx, run.sourceConnectionId, month, part.id), more);
  const knowsBytes = isListing || bytes !== undefined;
  const knowsRecords = isListing || records !== undefined;
  const row: EstimateRow = {
    id: known?.id ?? newId(clock),
    orgId: run.orgId,
    connectionId: run.sourceConnectionId,
    runId: run.id,
    partitionId: part.id,
    streamName: part.streamName,
    month,
    estimatedBytes: knowsBytes ? own.bytes : null,
    estimatedRecords: knowsRecords ? own.records : null,
    ...listed,
    decision: passes ? 'within-budget' : 'waiting',
    maxBytes: null,
    maxRecords: null,
    readBytes: read.bytes,
    readRecords: read.records,
    isDone: false,
    approvedBy: null,
    approvedAt: null,
    createdAt: known?.createdAt ?? clock.now(),
  };
  if (!passes) await tellOnce(tx, run);
  await tx.table(queryEstimates).save(row as never);
  return passes;
}

/**
 * Notes what a partition has read; answers whether it must stop and ask, because that is more than is left of the month or
 * than was approved. Sync takes it back at this checkpoint, so nothing is lost.
 * @throws Problem `sync.fenced` when it has read without an estimate
 */
export async function noteQuery(tx: Tx, run: RunRow, part: PartitionRow, isDone: boolean): Promise<boolean> {
  if (!isCounted(run, part)) return false;
  const { bytes, read } = part.counts;
  const [row] = await tx.query<EstimateRow>(
    `update query_estimate set read_bytes = greatest(read_bytes, $2), read_records = greatest(read_records, $3), is_done = $4
     where partition_id = $1 and decision <> 'waiting'
     returning month, decision, read_bytes::float8 as "readBytes", read_records::float8 as "readRecords", listed_bytes::float8 as "listedBytes",
       listed_records::float8 as "listedRecords", max_bytes::float8 as "maxBytes", max_records::float8 as "maxRecords"`,
    [part.id, bytes, read, isDone],
  );
  if (!row && read > 0) throw new Problem(syncProblems.fenced);
  if (!row || isDone) return false;
  if (row.decision === 'approved') return isOverApproval(row);
  const budget = await tx.table(connectionBudgets).findOneBy({ connectionId: run.sourceConnectionId });
  if (!budget) return false;
  const use = await useOfMonth(tx, run.sourceConnectionId, row.month, part.id);
  // What it has read counts, not what it may still read: an estimate that was too high must not stop it.
  return !fits(budget, use, { bytes: row.readBytes + row.listedBytes, records: row.readRecords + row.listedRecords });
}

/** Following a log asks no question that a source would count. */
function isCounted({ hasBudget, document, kind }: RunRow, { stream, replays }: PartitionRow): boolean {
  if (!hasBudget) return false;
  const { read } = (document as unknown as PipelineDocument).streams[stream]!;
  return kind !== 'move' || replays !== null || readingKind(read) !== 'changes';
}

function lockBudget(tx: Tx, { sourceConnectionId: connectionId }: RunRow): Promise<BudgetRow | null> {
  return tx.table(connectionBudgets).findOne({ where: { connectionId }, lock: { mode: 'pessimistic_write' } });
}

function isOverApproval({ maxBytes, maxRecords, ...row }: EstimateRow): boolean {
  const [bytes, records] = [row.readBytes + row.listedBytes, row.readRecords + row.listedRecords];
  return (maxBytes !== null && bytes > maxBytes) || (maxRecords !== null && records > maxRecords);
}

/** The owners hear of a run, not of each of its queries. */
async function tellOnce(tx: Tx, { id: runId, orgId, pipelineId }: RunRow): Promise<void> {
  const waiting = await tx.query(`select 1 from query_estimate where run_id = $1 and decision = 'waiting' limit 1`, [
    runId,
  ]);
  if (waiting.length === 0) await tx.emit(approvalNeeded, { orgId, runId, pipelineId });
}
