import type { Tx } from '@millrace/persistence';
import { metricDigest, type PipelineDocument } from '../engine/index.js';

/** Drops what a run has reported of streams that were not done when it ended. */
export async function forgetReported(tx: Tx, runId: string): Promise<void> {
  await tx.query('delete from metric_result where run_id = $1 and not is_current', [runId]);
}

/** Drops the results of metrics that a pipeline defines no longer, or otherwise than they were measured, or over another connection. */
export async function forgetStale(
  tx: Tx,
  { id, sourceConnectionId }: { readonly id: string; readonly sourceConnectionId: string },
  document: PipelineDocument,
): Promise<void> {
  const digests = document.metrics.map((metric) => metricDigest(document, metric));
  await tx.query(
    'delete from metric_result where pipeline_id = $1 and not (digest = any($2) and source_connection_id = $3)',
    [id, digests, sourceConnectionId],
  );
}

/** From now on the charter's period runs for the results that rest on a connection. */
export async function markRemoved(tx: Tx, connectionId: string, at: Date): Promise<void> {
  await tx.query('update metric_result set removed_at = $2 where source_connection_id = $1 and removed_at is null', [
    connectionId,
    at,
  ]);
}
