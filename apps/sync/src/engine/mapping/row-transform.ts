import { type Batch, type CellCast, ConnectorError, type Slab } from '@millrace/connector-sdk';
import type { FieldHasher, RejectedRecord, Transform } from './compiled-stream.js';

/** One cell that is not simply copied. */
export interface CellStep {
  readonly field: string;
  readonly convert: CellCast;
  readonly onFailure: 'reject' | 'null' | 'fail';
}

export interface TransformPlan {
  readonly stream: string;
  /** Leading cells of a row that are copied as they are. */
  readonly copied: number;
  /** The cells after them, in order. Cells behind the last step are only read for the position. */
  readonly steps: readonly CellStep[];
  readonly fingerprint: (batch: Batch, row: number) => string;
}

/** Below this many bytes a loop beats the call into native code that a bulk copy costs. */
const SHORT_COPY = 48;

/** Binds the plan once; the returned function does nothing per record but move and convert its bytes. */
export function rowTransform(plan: TransformPlan): Transform {
  const { copied, steps } = plan;
  const cells = copied + steps.length;
  return (source, out) => {
    const rejected: RejectedRecord[] = [];
    let nulled = 0;
    const { bytes, rowStarts, rowCount } = source;
    out.reserve(source.end);
    for (let row = 0; row < rowCount; row++) {
      const first = rowStarts[row]! + 2;
      let at = first;
      for (let cell = 0; cell < copied; cell++) {
        const length = lengthAt(bytes, at);
        at += length > 0 ? 4 + length : 4;
      }
      startRow(out, cells, bytes, first, at);
      for (const step of steps) {
        const length = lengthAt(bytes, at);
        if (length < 0) {
          out.writeNull();
          at += 4;
          continue;
        }
        const rule = step.convert(bytes, at + 4, length, out);
        at += 4 + length;
        if (rule === undefined) continue;
        if (step.onFailure === 'null') {
          out.writeNull();
          nulled++;
        } else {
          if (step.onFailure === 'fail')
            throw new ConnectorError('cast-failed', { stream: plan.stream, field: step.field });
          out.abandonRow();
          rejected.push({ sourceRow: row, field: step.field, rule, fingerprint: plan.fingerprint(source, row) });
          break;
        }
      }
    }
    return { rejected, nulled };
  };
}

/** Starts a row of `cells` cells with the bytes `[from, to)` of the source. */
function startRow(out: Slab, cells: number, bytes: Buffer, from: number, to: number): void {
  out.reserve(2 + to - from);
  out.markRow(out.end);
  const target = out.bytes;
  let end = out.end;
  target[end++] = cells >> 8;
  target[end++] = cells;
  if (to - from < SHORT_COPY) for (let at = from; at < to; at++) target[end++] = bytes[at]!;
  else {
    bytes.copy(target, end, from, to);
    end += to - from;
  }
  out.end = end;
}

function lengthAt(bytes: Buffer, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** Replaces a cell of text by its keyed hash. */
export function hashCell(hasher: FieldHasher): CellCast {
  return (source, start, length, out) => {
    out.writeText(hasher(source.subarray(start, start + length)));
    return undefined;
  };
}

/** Cells of a row by index, as `[start, length]` pairs. */
export function cellAt(batch: Batch, row: number, index: number): { start: number; length: number } {
  let at = batch.rowStarts[row]! + 2;
  for (let cell = 0; cell < index; cell++) at += 4 + Math.max(lengthAt(batch.bytes, at), 0);
  return { start: at + 4, length: lengthAt(batch.bytes, at) };
}
