import { type Batch, Slab } from '../batch/slab.js';
import { castBetween } from '../cell/cast.js';
import { cellText, hasText } from '../cell/cell-text.js';
import type { CellKind } from '../schema/cell-kind.js';
import type { Row, Value } from './sandbox.js';

/** A batch that holds these values. */
export function batchOf(kinds: readonly CellKind[], rows: readonly Row[]): Slab {
  const slab = new Slab(1_024);
  for (const row of rows) {
    slab.startRow(row.length);
    for (const [index, value] of row.entries()) writeValue(kinds[index]!, value, slab);
  }
  return slab;
}

/** The values of a batch. */
export function rowsOf(kinds: readonly CellKind[], { bytes, rowStarts, rowCount }: Batch): Row[] {
  return Array.from({ length: rowCount }, (_, row) => {
    let at = rowStarts[row]! + 2;
    return kinds.map((kind) => {
      const length = bytes.readInt32BE(at);
      const value = length < 0 ? null : valueAt(kind, bytes, at + 4, length);
      at += 4 + Math.max(length, 0);
      return value;
    });
  });
}

/** The rows without what lies between them, as a writer wants them. */
export function packed(batch: Batch): Slab {
  const slab = new Slab(1_024);
  for (let row = 0; row < batch.rowCount; row++) {
    const start = batch.rowStarts[row]!;
    let end = start + 2;
    for (let cell = batch.bytes.readInt16BE(start); cell > 0; cell--)
      end += 4 + Math.max(batch.bytes.readInt32BE(end), 0);
    slab.reserve(end - start);
    slab.markRow(slab.end);
    batch.bytes.copy(slab.bytes, slab.end, start, end);
    slab.end += end - start;
  }
  return slab;
}

function writeValue(kind: CellKind, value: Value, slab: Slab): void {
  if (value === null) return slab.writeNull();
  if (kind === 'text') return slab.writeText(value);
  if (kind === 'bytes') return slab.writeCell(Buffer.from(value.slice(2), 'hex'));
  const bytes = Buffer.from(value);
  const broken = castBetween('text', kind)!(bytes, 0, bytes.length, slab);
  if (broken) throw new Error(`The value of a behaviour is no ${kind}: ${broken}`);
}

/** A kind without a text form is shown by its bytes. */
function valueAt(kind: CellKind, bytes: Buffer, start: number, length: number): string {
  return hasText(kind) ? cellText(kind, bytes, start, length) : bytes.toString('hex', start, start + length);
}
