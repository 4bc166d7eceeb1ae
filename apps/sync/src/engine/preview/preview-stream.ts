import { type Batch, type CellKind, cellText, hasText, type Session, SlabPool } from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { cellAt } from '../mapping/row-transform.js';

/** Longer texts are cut, in characters: a preview is for eyes. */
const MAX_TEXT = 200;
const BATCH_BYTES = 1 << 20;
const MAX_RECORD_BYTES = 32 << 20;

/** One value as people read it; null where there is none. */
export type PreviewValue = string | null;

/** A record before and after the mapping. Holds what it says: seal it for the one person who asked. */
export interface PreviewRecord {
  /** By source field, in the order in which they are read. */
  readonly before: Readonly<Record<string, PreviewValue>>;
  /** By target column; absent when the mapping rejects the record. */
  readonly after?: Readonly<Record<string, PreviewValue>>;
  readonly rejected?: { readonly field: string; readonly rule: string };
}

/** The kinds in which a session's cells come, by field: what `discover` said. */
export type KindOf = (field: string) => CellKind;

export interface Preview {
  readonly records: readonly PreviewRecord[];
  /** What the source gave for it. */
  readonly bytes: number;
}

/** Reads the first records of a stream and maps them, in memory only; everything that held them is overwritten. */
export async function previewStream(
  stream: CompiledStream,
  source: Pick<Session, 'read'>,
  kindOf: KindOf,
  records: number,
  signal: AbortSignal,
): Promise<Preview> {
  const slabs = new SlabPool(BATCH_BYTES);
  const limits = { batchRows: records, batchBytes: BATCH_BYTES, maxRecordBytes: MAX_RECORD_BYTES };
  try {
    for await (const { batch } of source.read({
      partition: { ...stream.partition, bounds: {} },
      limits,
      slabs,
      signal,
    })) {
      const out = slabs.take();
      const { rejected } = stream.transform(batch, out);
      const byRow = new Map(rejected.map((one) => [one.sourceRow, one]));
      let mapped = 0;
      const shown = Array.from({ length: Math.min(batch.rowCount, records) }, (_, row) => {
        const before = valuesBefore(stream, kindOf, batch, row);
        const refusal = byRow.get(row);
        if (refusal) return { before, rejected: { field: refusal.field, rule: refusal.rule } };
        return { before, after: valuesAfter(stream, out, mapped++) };
      });
      return { records: shown, bytes: batch.end };
    }
    return { records: [], bytes: 0 };
  } finally {
    slabs.discard();
  }
}

function valuesBefore({ partition }: CompiledStream, kindOf: KindOf, batch: Batch, row: number) {
  const values: Record<string, PreviewValue> = {};
  for (const [index, { field, as }] of partition.projection.entries())
    values[field] = valueOf(batch, row, index, as === 'text' ? 'text' : kindOf(field));
  return values;
}

function valuesAfter({ columns }: CompiledStream, batch: Batch, row: number) {
  const values: Record<string, PreviewValue> = {};
  for (const [index, { name, kind }] of columns.entries()) values[name] = valueOf(batch, row, index, kind);
  return values;
}

function valueOf(batch: Batch, row: number, index: number, kind: CellKind): PreviewValue {
  const { start, length } = cellAt(batch, row, index);
  if (length < 0) return null;
  if (!hasText(kind)) return `(${length} bytes)`;
  const text = cellText(kind, batch.bytes, start, length);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
