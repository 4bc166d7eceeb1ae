import type { Fault } from '@millrace/kernel';
import type { z } from 'zod';
import { PipelineDocument } from './pipeline-document.js';

export type ParsedPipeline =
  | { readonly document: PipelineDocument; readonly faults?: undefined }
  | { readonly document?: undefined; readonly faults: readonly Fault[] };

type Issue = z.core.$ZodIssue;

/** Checks the form of a document (as JSON or YAML gave it) and names every fault at once; needs no connection. */
export function parsePipeline(input: unknown): ParsedPipeline {
  const result = PipelineDocument.safeParse(input);
  if (result.success) return { document: result.data };
  const issues = result.error.issues.flatMap((issue) => leaves(issue));
  const faults = issues.map(({ code, path, message }) => ({ code, path: pointer(path), message }));
  // A rule on a whole says nothing new where a part of it is not even known.
  const unknown = new Set(faults.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => path));
  const telling = faults.filter(({ code, path }) => code !== 'custom' || !unknown.has(path));
  return { faults: telling.map(({ path, message }) => ({ path, message })) };
}

/** RFC 6901 JSON Pointer of a path. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * Where a document may hold one of several forms, the schema says of each why it is not that one. A person means one of
 * them: the form that the document comes closest to, and its faults are the ones to show.
 */
function leaves(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const forms = issue.errors.map((errors) => ({ errors, distance: errors.reduce(distanceOf, 0) }));
  const { errors } = forms.reduce((best, form) => (form.distance <= best.distance ? form : best));
  return errors.flatMap((error) => leaves({ ...error, path: [...issue.path, ...error.path] } as Issue));
}

/** How far a fault shows that another form was meant: the wrong sort of thing most, a fault further in least. */
function distanceOf(sum: number, issue: Issue): number {
  if (issue.code === 'unrecognized_keys') return sum + 5 * issue.keys.length;
  if (issue.path.length === 0 && issue.code !== 'custom') return sum + (issue.code === 'invalid_type' ? 20 : 10);
  return sum + (issue.path.length === 1 && issue.code === 'invalid_type' ? 10 : 1);
}
