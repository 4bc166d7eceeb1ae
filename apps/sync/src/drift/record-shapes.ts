import { findStream, type SystemSchema } from '@millrace/connector-sdk';
import { type Clock, newId } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import { type PipelineDocument, shapeDigest, shapeOf } from '../engine/index.js';
import { streamShapes } from './shape.table.js';

/** Notes the source as it is: whoever applies a document accepts it, so earlier drift is settled. */
export async function recordShapes(
  tx: Tx,
  { id: pipelineId, orgId }: { readonly id: string; readonly orgId: string },
  { streams }: PipelineDocument,
  source: SystemSchema,
  clock: Clock,
): Promise<void> {
  await tx.table(streamShapes).delete({ pipelineId });
  const rows = streams.flatMap(({ from }) => {
    const stream = findStream(source, from);
    if (!stream) return [];
    const fields = shapeOf(stream);
    const digest = shapeDigest(fields);
    return [{ id: newId(clock), orgId, pipelineId, streamName: from, fields, digest, drift: null, toldDigest: null }];
  });
  await tx.table(streamShapes).insert(rows as never);
}
