import { castBetween, type CellCast, type SystemSchema } from '@millrace/connector-sdk';
import type { PipelineDocument } from '../document/pipeline-document.js';
import type { CompiledStream, FieldHasher } from './compiled-stream.js';
import { type KeyCell, keyFingerprint } from './key-fingerprint.js';
import { isCopy, planStream, type StreamPlan } from './plan-stream.js';
import type { ColumnPlan } from './resolve-column.js';
import { type CellStep, hashCell, rowTransform } from './row-transform.js';

export interface CompileContext {
  readonly source: SystemSchema;
  readonly target: SystemSchema;
  readonly fieldHasher: FieldHasher;
}

/**
 * Compiles a valid document, once per run: names resolved, conversions bound. Give a faulty one to `validatePipeline`
 * first; here it is a mistake of ours.
 */
export function compilePipeline(document: PipelineDocument, context: CompileContext): CompiledStream[] {
  return document.streams.map((_, index) => {
    const { plan, faults } = planStream(document, index, context.source, context.target);
    if (!plan)
      throw new Error(`Stream ${index} of the pipeline has ${faults.length} faults; validate before compiling`);
    return compileStream(document, index, plan, context.fieldHasher);
  });
}

function compileStream(
  document: PipelineDocument,
  index: number,
  plan: StreamPlan,
  hasher: FieldHasher,
): CompiledStream {
  const { mapping, source, columns, reading } = plan;
  const { projection, readKey, uniqueKey, filter, cursor } = reading;
  const name = mapping.from;
  const copied = columns.filter(isCopy).length;
  const steps = columns.slice(copied).map((column) => toStep(column, hasher));
  const keys = mapping.key.map((key) => columns.findIndex(({ column }) => column.name === key));
  const selected = new Set(columns.map(({ field }) => field.from));
  return {
    index,
    name,
    target: { schema: document.target.schema, name: mapping.to },
    mode: mapping.mode,
    partition: { stream: name, projection, key: readKey, uniqueKey, filter },
    ...(cursor ? { cursor } : {}),
    columns: columns.map(({ column }) => column),
    key: mapping.key,
    hashed: columns.filter(({ field }) => field.hash).map(({ column }) => column.name),
    dropped: source.fields.map((field) => field.name).filter((field) => !selected.has(field)),
    transform: rowTransform({
      stream: name,
      copied,
      steps,
      fingerprint: keyFingerprint(
        keys.map((key) => sourceCell(columns[key]!, key)),
        hasher,
      ),
    }),
    fingerprint: keyFingerprint(
      keys.map((key): KeyCell => ({ index: key })),
      hasher,
    ),
  };
}

function toStep({ field, column, readKind }: ColumnPlan, hasher: FieldHasher): CellStep {
  const convert: CellCast = field.hash ? hashCell(hasher) : castBetween(readKind, column.kind)!;
  return { field: column.name, convert, onFailure: field.onCastFailure ?? 'reject' };
}

function sourceCell({ column, readKind }: ColumnPlan, index: number): KeyCell {
  return readKind === column.kind ? { index } : { index, cast: castBetween(readKind, column.kind)! };
}
