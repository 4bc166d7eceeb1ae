import type { PipelineDocument } from './pipeline-document.js';

/** Whether a document turns tokens back into values, in whatever field or value. */
export function detokenizes({ streams }: PipelineDocument): boolean {
  return streams.some(({ fields }) => hasStep(fields));
}

function hasStep(part: unknown): boolean {
  if (Array.isArray(part)) return part.some(hasStep);
  if (typeof part !== 'object' || part === null) return false;
  return Object.entries(part).some(
    ([name, value]) => (name === 'steps' && Array.isArray(value) && value.includes('detokenize')) || hasStep(value),
  );
}
