import type { Pipeline } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import type { DriftFound } from './shape.table.js';

/** The streams of a pipeline that were found changed since its document was applied. */
export async function driftOf(tx: Tx, pipelineId: string): Promise<NonNullable<Pipeline['drift']>> {
  const rows = await tx.query<{ stream: string; drift: DriftFound }>(
    'select stream_name as stream, drift from stream_shape where pipeline_id = $1 and drift is not null order by stream_name',
    [pipelineId],
  );
  return rows.map(({ stream, drift }) => ({ stream, at: drift.at, changes: drift.changes.map((one) => ({ ...one })) }));
}
