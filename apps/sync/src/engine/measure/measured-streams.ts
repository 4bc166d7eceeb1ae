import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { columnsOf } from '../document/check-metrics.js';
import { isMapped, targetColumn } from '../document/field-mapping.js';
import type { MetricDefinition } from '../document/metric-definition.js';
import type { PipelineDocument } from '../document/pipeline-document.js';

/** Whether metrics look over a stream. Such a stream is read as a whole, by one worker. */
export function isMeasured({ metrics }: Pick<PipelineDocument, 'metrics'>, stream: string): boolean {
  return metrics.some(({ over }) => over === stream);
}

/** SHA-256 (hex) of what a result depends on: the metric, and how its stream is selected and its columns are filled. */
export function metricDigest({ streams }: Pick<PipelineDocument, 'streams'>, metric: MetricDefinition): string {
  const used = new Set(columnsOf(metric).map(({ column }) => column));
  const stream = streams.find(({ from }) => from === metric.over);
  const columns = stream?.fields.filter((field) => isMapped(field) && used.has(targetColumn(field)));
  return createHash('sha256')
    .update(canonicalize({ metric, where: stream?.where, columns })!)
    .digest('hex');
}
