import { type MetricReport, syncProblems } from '@millrace/contracts';
import { type Clock, newId, Problem } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import { metricDigest, type PipelineDocument } from '../engine/index.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import type { PartitionRow, RunRow } from '../run/run-view.js';
import { metricResults } from './metric.table.js';

/**
 * Keeps what a worker says a metric has come to, until its stream is done. Left out when the pipeline has another
 * definition by now, or none.
 * @throws Problem `sync.metrics-off`, `sync.group-too-small`
 */
export async function recordResult(
  tx: Tx,
  run: RunRow,
  part: PartitionRow,
  report: MetricReport,
  { minimum, clock }: { readonly minimum: number | undefined; readonly clock: Clock },
): Promise<void> {
  if (minimum === undefined) throw new Problem(syncProblems.metricsOff);
  if (report.rows.some(({ people }) => people < minimum)) throw new Problem(syncProblems.groupTooSmall);
  if (!(await isDefined(tx, run, part, report))) return;
  const { metric, digest, groups, values, rows, fault, suppressedGroups } = report;
  await tx.table(metricResults).delete({ pipelineId: run.pipelineId, metric, isCurrent: false });
  await tx.table(metricResults).insert({
    id: newId(clock),
    orgId: run.orgId,
    pipelineId: run.pipelineId,
    sourceConnectionId: run.sourceConnectionId,
    metric,
    digest,
    runId: run.id,
    partitionId: part.id,
    result: { groups, values, rows },
    fault: fault ?? null,
    suppressedGroups,
    minimumGroupSize: minimum,
    computedAt: clock.now(),
    isCurrent: false,
    removedAt: null,
  } as never);
}

/** Whether the pipeline, which nobody changes meanwhile, defines the metric over this stream and connection as it was measured. */
async function isDefined(tx: Tx, run: RunRow, part: PartitionRow, { metric, digest }: MetricReport): Promise<boolean> {
  const pipeline = await tx
    .table(pipelines)
    .findOne({ where: { id: run.pipelineId }, lock: { mode: 'pessimistic_write' } });
  const document = pipeline?.document as PipelineDocument | undefined;
  if (pipeline?.sourceConnectionId !== run.sourceConnectionId) return false;
  const known = document?.metrics.find(({ name, over }) => name === metric && over === part.streamName);
  return known !== undefined && metricDigest(document!, known) === digest;
}

/** Puts what was reported for a stream that is done in place of earlier results. */
export async function publishResults(tx: Tx, partitionId: string): Promise<void> {
  await tx.query(
    `delete from metric_result old using metric_result new where new.partition_id = $1 and not new.is_current
       and old.pipeline_id = new.pipeline_id and old.metric = new.metric and old.is_current`,
    [partitionId],
  );
  await tx.query('update metric_result set is_current = true where partition_id = $1', [partitionId]);
}
