import type { claimPartition, Output } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import type { PipelineDocument } from '../engine/index.js';
import type { RunRow } from '../run/run-view.js';

/** Digests of what the pipeline of a run was made for, of some streams by their index. */
export async function knownShapes(
  tx: Tx,
  { pipelineId, document }: RunRow,
  indexes: readonly number[],
): Promise<Output<typeof claimPartition>['shapes']> {
  const { streams } = document as unknown as PipelineDocument;
  const rows = await tx.query<{ name: string; digest: string }>(
    'select stream_name as name, digest from stream_shape where pipeline_id = $1 and stream_name = any($2)',
    [pipelineId, indexes.map((index) => streams[index]!.from)],
  );
  return indexes.flatMap((stream) => {
    const known = rows.find(({ name }) => name === streams[stream]!.from);
    return known ? [{ stream, digest: known.digest }] : [];
  });
}
