import { type Batch, ConnectorError, type Slab } from '@millrace/connector-sdk';
import type { MappingRule } from './cell/mapping-rule.js';
import type { RejectedRecord, Transform } from './compiled-stream.js';
import type { FieldHasher } from './field-keys.js';
import type { RowInputs } from './computed/row-inputs.js';
import type { CellConversion } from './step/plan-chain.js';

/** What happens to a column whose value cannot be made. */
interface CellTarget {
  readonly field: string;
  readonly onFailure: 'reject' | 'null' | 'fail';
}

/** One cell that is not simply copied. */
export interface CellStep extends CellTarget {
  readonly convert: CellConversion;
  /** Whether `convert` is asked about null too; otherwise null stays null. */
  readonly takesNull: boolean;
}

/** One cell that is made of others. */
export interface ComputedCell extends CellTarget {
  /** Appends one cell, or gives a rule and leaves `out` as it was. */
  readonly compute: (row: RowInputs, out: Slab) => MappingRule | undefined;
}

export interface TransformPlan {
  readonly stream: string;
  /** Leading cells of a row that are copied as they are. */
  readonly copied: number;
  /** The cells after them, in order. Cells behind the last step are read for computed columns and for the position. */
  readonly steps: readonly CellStep[];
  readonly computed: readonly ComputedCell[];
  /** Finds the cells of a row; given only where columns are computed, and knows the copied cells too. */
  readonly inputs?: RowInputs;
  readonly fingerprint: (batch: Batch, row: number) => string;
  /** Overwrites whatever intermediate results a batch left behind. */
  readonly wipe: () => void;
}

/** Below this many bytes a loop beats the call into native code that a bulk copy costs. */
const SHORT_COPY = 48;

/** Binds the plan once; the returned function does nothing per record but move and convert its bytes. */
export function rowTransform(plan: TransformPlan): Transform {
  const { inputs } = plan;
  const mapRows = inputs ? rowsWithComputed(plan, inputs) : plainRows(plan);
  return (source, out) => {
    const tally: Tally = { rejected: [], nulled: 0, row: -1, nulledInRow: 0 };
    out.reserve(source.end);
    try {
      mapRows(source, out, tally);
    } finally {
      inputs?.forget();
      plan.wipe();
    }
    return { rejected: tally.rejected, nulled: tally.nulled };
  };
}

interface Tally {
  readonly rejected: RejectedRecord[];
  nulled: number;
  /** The last row in which a cell became null, and how many did: they do not count if the row is rejected after all. */
  row: number;
  nulledInRow: number;
}

type MapRows = (source: Batch, out: Slab, tally: Tally) => void;

function plainRows(plan: TransformPlan): MapRows {
  const { copied, steps } = plan;
  const cells = copied + steps.length;
  return (source, out, tally) => {
    const { bytes, rowStarts, rowCount } = source;
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
        const start = at + 4;
        at = length > 0 ? start + length : start;
        if (length < 0 && !step.takesNull) {
          out.writeNull();
          continue;
        }
        const rule = step.convert(bytes, start, length, out);
        if (rule !== undefined && !goesOn(plan, step, rule, source, row, out, tally)) break;
      }
    }
  };
}

/** The same where columns are computed: the cells of a row are found first, once for all who need them. */
function rowsWithComputed(plan: TransformPlan, inputs: RowInputs): MapRows {
  const { copied, steps, computed } = plan;
  const cells = copied + steps.length + computed.length;
  const mapRow: (source: Batch, row: number, out: Slab, tally: Tally) => void = (source, row, out, tally) => {
    const { bytes } = source;
    inputs.locate(source, row);
    startRow(out, cells, bytes, source.rowStarts[row]! + 2, inputs.startOf(copied) - 4);
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index]!;
      const start = inputs.startOf(copied + index);
      const length = lengthAt(bytes, start - 4);
      if (length < 0 && !step.takesNull) {
        out.writeNull();
        continue;
      }
      const rule = step.convert(bytes, start, length, out);
      if (rule !== undefined && !goesOn(plan, step, rule, source, row, out, tally)) return;
    }
    for (const cell of computed) {
      const rule = cell.compute(inputs, out);
      if (rule !== undefined && !goesOn(plan, cell, rule, source, row, out, tally)) return;
    }
  };
  return (source, out, tally) => {
    for (let row = 0; row < source.rowCount; row++) mapRow(source, row, out, tally);
  };
}

/** Does with a value that cannot be made what the document says; false when the record is rejected. */
function goesOn(
  plan: TransformPlan,
  { field, onFailure }: CellTarget,
  rule: MappingRule,
  source: Batch,
  row: number,
  out: Slab,
  tally: Tally,
): boolean {
  if (onFailure === 'null') {
    out.writeNull();
    tally.nulled++;
    tally.nulledInRow = tally.row === row ? tally.nulledInRow + 1 : 1;
    tally.row = row;
    return true;
  }
  if (onFailure === 'fail') throw new ConnectorError('cast-failed', { stream: plan.stream, field });
  out.abandonRow();
  if (tally.row === row) tally.nulled -= tally.nulledInRow;
  tally.rejected.push({ sourceRow: row, field, rule, fingerprint: plan.fingerprint(source, row) });
  return false;
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

/** Replaces a cell of text by its keyed hash, without decoding it. */
export function hashCell(hasher: FieldHasher): CellConversion {
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
