import type { SystemSchema } from '@millrace/connector-sdk';
import type { Fault } from '@millrace/kernel';
import type { PipelineDocument } from '../document/pipeline-document.js';
import { planMetrics } from '../measure/plan-metrics.js';
import { planStream } from './plan-stream.js';

/**
 * Checks a document against what was discovered on both sides and names every fault at once, each with a JSON Pointer
 * into the document and what to do. Tables that are missing in `target` will be created.
 */
export function validatePipeline(document: PipelineDocument, source: SystemSchema, target: SystemSchema): Fault[] {
  const faults = document.streams.flatMap((_, index) => {
    const { plan, faults: found } = planStream(document, index, source, target);
    return [...found, ...(plan ? planMetrics(document, plan).faults : [])];
  });
  return [
    ...faults,
    ...repeated(document, 'to', 'Another stream of this pipeline already goes to this table.'),
    ...repeated(
      document,
      'from',
      'Another stream of this pipeline already reads this one, and they would share its position. Use a pipeline of its own.',
    ),
  ];
}

function repeated({ streams }: PipelineDocument, side: 'from' | 'to', message: string): Fault[] {
  const first = new Map<string, number>();
  return streams.flatMap((stream, index) => {
    if (first.has(stream[side])) return [{ path: `/streams/${index}/${side}`, message }];
    first.set(stream[side], index);
    return [];
  });
}
