import type { Pipeline } from '@millrace/contracts';
import type { Row } from '@millrace/privacy';
import type { pipelines } from './pipeline.table.js';

/** A pipeline as the API shows it. */
export function viewPipeline(row: Row<typeof pipelines>): Pipeline {
  const { id, name, version, digest, document, nextRunAt, updatedAt } = row;
  return {
    pipelineId: id,
    name,
    version,
    digest,
    document: document as Pipeline['document'],
    ...(nextRunAt ? { nextRunAt: nextRunAt.toISOString() } : {}),
    updatedAt: updatedAt.toISOString(),
  };
}
