import { type Batch, castBetween, type CellKind, cellText, type FieldSchema, Slab } from '@millrace/connector-sdk';
import type { StreamSchema } from '@millrace/connector-sdk';
import { createFieldHasher, createFieldTokenizer } from '@millrace/crypto';
import type { Fault } from '@millrace/kernel';
import { parsePipeline } from '../document/parse-pipeline.js';
import type { PipelineDocument } from '../document/pipeline-document.js';
import { compilePipeline } from './compile-pipeline.js';
import type { CompiledStream } from './compiled-stream.js';
import { validatePipeline } from './validate-pipeline.js';

export const FIELD_KEY = Buffer.alloc(32, 7);
export const hasher = createFieldHasher(FIELD_KEY);
export const tokenizer = createFieldTokenizer(FIELD_KEY);

/** Cells by field: text forms, or null. */
export type Row = Readonly<Record<string, string | null>>;

export function field(name: string, kind: CellKind, change: Partial<FieldSchema> = {}): FieldSchema {
  return { name, kind, sourceType: kind, nullable: true, privacy: 'unknown', ...change };
}

/** A stream `public.t` whose key is `id`, a whole number. */
export function streamOf(fields: readonly FieldSchema[]): StreamSchema {
  return {
    name: 'public.t',
    sort: 'table',
    fields: [field('id', 'int8', { nullable: false }), ...fields],
    primaryKey: ['id'],
    uniqueKeys: [],
    capabilities: { read: ['snapshot'], write: ['upsert'], projection: 'request', deletes: 'none', ordered: true },
  };
}

/** The document of one stream from `public.t` that also takes its key along. */
export function documentOf(fields: readonly unknown[], change: Record<string, unknown> = {}): PipelineDocument {
  const { document, faults } = parsePipeline(inputOf(fields, change));
  if (!document) throw new Error(JSON.stringify(faults));
  return document;
}

export function inputOf(fields: readonly unknown[], change: Record<string, unknown> = {}): unknown {
  return {
    version: 1,
    name: 'test',
    source: { connection: 'a' },
    target: { connection: 'b' },
    streams: [{ from: 'public.t', to: 't', key: ['id'], fields: [{ from: 'id' }, ...fields], ...change }],
  };
}

/** Every fault of form or of fit; pointers are given from the first field after the key on. */
export function faultsOf(
  schema: StreamSchema,
  fields: readonly unknown[],
  change: Record<string, unknown> = {},
): Fault[] {
  const { document, faults } = parsePipeline(inputOf(fields, change));
  const found = faults ?? validatePipeline(document!, { streams: [schema] }, { streams: [] });
  return found.map(({ path, message }) => ({ path: path.replace('/streams/0/fields/1', ''), message }));
}

export function compile(
  schema: StreamSchema,
  fields: readonly unknown[],
  change: Record<string, unknown> = {},
): CompiledStream {
  const document = documentOf(fields, change);
  const faults = validatePipeline(document, { streams: [schema] }, { streams: [] });
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return compilePipeline(document, {
    source: { streams: [schema] },
    target: { streams: [] },
    fieldHasher: hasher,
    tokenizer,
  })[0]!;
}

/** A batch as a source would send it for the stream's projection. */
export function batchOf(stream: CompiledStream, schema: StreamSchema, rows: readonly Row[]): Slab {
  const batch = new Slab(64);
  for (const row of rows) {
    batch.startRow(stream.partition.projection.length);
    for (const { field: name, as } of stream.partition.projection) {
      const { kind } = schema.fields.find((one) => one.name === name)!;
      const text = row[name] ?? null;
      if (text === null) batch.writeNull();
      else writeCell(as === 'text' ? 'text' : kind, text, batch);
    }
  }
  return batch;
}

export function writeCell(kind: CellKind, text: string, out: Slab): void {
  const source = Buffer.from(text);
  if (kind === 'text') out.writeCell(source);
  else if (kind === 'bytes') out.writeCell(Buffer.from(text, 'hex'));
  else {
    const rule = castBetween('text', kind)!(source, 0, source.length, out);
    if (rule) throw new Error(`${text} is no ${kind}: ${rule}`);
  }
}

/** The rows of a mapped batch by column, as text forms. */
export function rowsOf(stream: CompiledStream, out: Batch): Row[] {
  return Array.from({ length: out.rowCount }, (_, row) => {
    let at = out.rowStarts[row]! + 2;
    if (out.bytes.readInt16BE(at - 2) !== stream.columns.length) throw new Error('The row has another number of cells');
    const cells = stream.columns.map(({ name, kind }) => {
      const length = out.bytes.readInt32BE(at);
      const text = length < 0 ? null : cellText(kind, out.bytes, at + 4, length);
      at += 4 + Math.max(length, 0);
      return [name, text] as const;
    });
    return Object.fromEntries(cells);
  });
}

/** What becomes of rows: each mapped row, or the rule that rejected it. */
export function mapped(schema: StreamSchema, fields: readonly unknown[], rows: readonly Row[]): (Row | string)[] {
  const stream = compile(schema, fields);
  const keyed = rows.map((row, index) => ({ id: String(index), ...row }));
  const out = new Slab(64);
  const { rejected } = stream.transform(batchOf(stream, schema, keyed), out);
  const kept: (Row | string)[] = rowsOf(stream, out);
  for (const { sourceRow, rule } of rejected) kept.splice(sourceRow, 0, rule);
  return kept.map((row) =>
    typeof row === 'string' ? row : Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'id')),
  );
}

/** What steps make of one value: its text form, null, or the rule that refused it. */
export function stepped(
  steps: readonly unknown[],
  value: string | null,
  kind: CellKind = 'text',
  cast?: string,
): string | null {
  const [row] = mapped(streamOf([field('x', kind)]), [{ from: 'x', steps, ...(cast ? { cast } : {}) }], [{ x: value }]);
  return typeof row === 'string' ? `! ${row}` : row!['x']!;
}

/** What a computed column makes of one row. */
export function computed(fields: readonly FieldSchema[], value: unknown, row: Row, more: object = {}): string | null {
  const [result] = mapped(streamOf(fields), [{ to: 'x', value, ...more }], [row]);
  return typeof result === 'string' ? `! ${result}` : result!['x']!;
}
