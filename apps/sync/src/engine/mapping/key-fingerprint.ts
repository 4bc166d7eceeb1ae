import { type Batch, type CellCast, Slab } from '@millrace/connector-sdk';
import type { FieldHasher } from './compiled-stream.js';
import { cellAt } from './row-transform.js';

/** A cell of the key and, where the target holds it in another kind, how it gets there. */
export interface KeyCell {
  readonly index: number;
  readonly cast?: CellCast;
}

const SCRATCH_BYTES = 1_024;

/**
 * Keyed fingerprint of a record's key in the target's own encoding, so that a record refused by the mapping and the same
 * record refused by the target have the same one. A key that cannot be cast is taken as the source wrote it.
 */
export function keyFingerprint(cells: readonly KeyCell[], hasher: FieldHasher): (batch: Batch, row: number) => string {
  const scratch = new Slab(SCRATCH_BYTES);
  return (batch, row) => {
    scratch.clear();
    for (const { index, cast } of cells) {
      const { start, length } = cellAt(batch, row, index);
      if (length < 0) scratch.writeNull();
      else if (!cast || cast(batch.bytes, start, length, scratch) !== undefined) {
        scratch.writeCell(batch.bytes.subarray(start, start + length));
      }
    }
    const fingerprint = hasher(scratch.bytes.subarray(0, scratch.end));
    scratch.wipe();
    return fingerprint;
  };
}
