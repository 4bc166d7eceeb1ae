import { type Batch, Slab } from '@millrace/connector-sdk';
import type { FieldHasher } from './field-keys.js';
import { cellAt } from './row-transform.js';
import type { CellConversion } from './step/plan-chain.js';

/** A cell of the key and, where the target holds it in another form, how it gets there. */
export type KeyCell =
  | { readonly index: number; readonly convert?: CellConversion }
  /** Appends the cell, or whatever says which record it was when there is none. */
  | { readonly append: (batch: Batch, row: number, out: Slab) => void };

const SCRATCH_BYTES = 1_024;

/**
 * Keyed fingerprint of a record's key in the target's own encoding, so that a record refused by the mapping and the same
 * record refused by the target have the same one. A key that cannot be mapped is taken as the source wrote it.
 */
export function keyFingerprint(cells: readonly KeyCell[], hasher: FieldHasher): (batch: Batch, row: number) => string {
  const scratch = new Slab(SCRATCH_BYTES);
  return (batch, row) => {
    scratch.clear();
    for (const cell of cells) {
      if ('append' in cell) {
        cell.append(batch, row, scratch);
        continue;
      }
      const { start, length } = cellAt(batch, row, cell.index);
      if (length < 0) scratch.writeNull();
      else if (!cell.convert || cell.convert(batch.bytes, start, length, scratch) !== undefined) {
        scratch.writeCell(batch.bytes.subarray(start, start + length));
      }
    }
    const fingerprint = hasher(scratch.bytes.subarray(0, scratch.end));
    scratch.wipe();
    return fingerprint;
  };
}
