import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { MetricDefinition } from '../document/metric-definition.js';
import type { PipelineDocument } from '../document/pipeline-document.js';

/** Whether metrics look over a stream. Such a stream is read as a whole, by one worker. */
export function isMeasured({ metrics }: Pick<PipelineDocument, 'metrics'>, stream: string): boolean {
  return metrics.some(({ over }) => over === stream);
}

/** SHA-256 (hex) of what a result of a metric depends on: its definition, and the mapping of its stream. */
export function metricDigest({ streams }: Pick<PipelineDocument, 'streams'>, metric: MetricDefinition): string {
  const stream = streams.find(({ from }) => from === metric.over);
  return createHash('sha256').update(canonicalize({ metric, stream })!).digest('hex');
}
