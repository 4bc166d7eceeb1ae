import type { Fault } from '@millrace/kernel';
import { PipelineDocument } from './pipeline-document.js';

export type ParsedPipeline =
  | { readonly document: PipelineDocument; readonly faults?: undefined }
  | { readonly document?: undefined; readonly faults: readonly Fault[] };

/** Checks the form of a document (as JSON or YAML gave it) and names every fault at once; needs no connection. */
export function parsePipeline(input: unknown): ParsedPipeline {
  const result = PipelineDocument.safeParse(input);
  if (result.success) return { document: result.data };
  return { faults: result.error.issues.map((issue) => ({ path: pointer(issue.path), message: issue.message })) };
}

/** RFC 6901 JSON Pointer of a path. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
