import type { SystemSchema } from '@millrace/connector-sdk';
import type { Fault } from '@millrace/kernel';
import type { PipelineDocument } from '../document/pipeline-document.js';
import { planStream } from './plan-stream.js';

/**
 * Checks a document against what was discovered on both sides and names every fault at once, each with a JSON Pointer
 * into the document and what to do. Tables that are missing in `target` will be created.
 */
export function validatePipeline(document: PipelineDocument, source: SystemSchema, target: SystemSchema): Fault[] {
  const faults = document.streams.flatMap((_, index) => planStream(document, index, source, target).faults);
  const first = new Map<string, number>();
  for (const [index, { to }] of document.streams.entries()) {
    if (!first.has(to)) first.set(to, index);
    else
      faults.push({
        path: `/streams/${index}/to`,
        message: 'Another stream of this pipeline already goes to this table.',
      });
  }
  return faults;
}
