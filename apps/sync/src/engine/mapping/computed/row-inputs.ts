import type { Batch } from '@millrace/connector-sdk';
import type { CellReader, CellValue } from '../cell/cell-value.js';

/** A cell that computed columns use: its place in the row, and how it is read. */
export interface RowInput {
  readonly cell: number;
  readonly read: CellReader;
}

/** The cells of one row by their place, found once per row and each read at most once. */
export class RowInputs {
  private bytes: Buffer = Buffer.alloc(0);
  private readonly starts: Int32Array;
  private readonly lengths: Int32Array;
  private readonly values: (CellValue | null | undefined)[];

  /** `cells` is how many of the row's cells are located, from the first on. */
  constructor(
    private readonly inputs: readonly RowInput[],
    private readonly cells: number,
  ) {
    this.starts = new Int32Array(cells + 1);
    this.lengths = new Int32Array(cells);
    this.values = inputs.map(() => undefined);
  }

  locate(batch: Batch, row: number): void {
    const { bytes } = batch;
    this.bytes = bytes;
    let at = batch.rowStarts[row]! + 2;
    for (let cell = 0; cell < this.cells; cell++) {
      const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
      this.starts[cell] = at + 4;
      this.lengths[cell] = length;
      at += length > 0 ? 4 + length : 4;
    }
    this.starts[this.cells] = at + 4;
    this.values.fill(undefined);
  }

  /** Where the bytes of a located cell start; of the cell behind the last one, where they would. */
  startOf(cell: number): number {
    return this.starts[cell]!;
  }

  /** The value of input `slot` in the located row. */
  value(slot: number): CellValue | null {
    const known = this.values[slot];
    if (known !== undefined) return known;
    const { cell, read } = this.inputs[slot]!;
    const length = this.lengths[cell]!;
    const value = length < 0 ? null : read(this.bytes, this.starts[cell]!, length);
    this.values[slot] = value;
    return value;
  }

  /** Forgets the row, so that no value outlives its batch. */
  forget(): void {
    this.values.fill(undefined);
    this.bytes = Buffer.alloc(0);
  }
}
