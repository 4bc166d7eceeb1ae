import type { Batch } from '@millrace/connector-sdk';

/** Where the cells of one row lie, found once per row for all metrics of a stream. */
export class RowCells {
  bytes: Buffer = Buffer.alloc(0);
  /** Where the bytes of each cell start. */
  readonly starts: Int32Array;
  /** How many bytes each cell has; -1 for null. */
  readonly lengths: Int32Array;

  /** `cells` is how many are located, from the first on. */
  constructor(private readonly cells: number) {
    this.starts = new Int32Array(cells);
    this.lengths = new Int32Array(cells);
  }

  locate({ bytes, rowStarts }: Batch, row: number): void {
    const { starts, lengths, cells } = this;
    this.bytes = bytes;
    let at = rowStarts[row]! + 2;
    for (let cell = 0; cell < cells; cell++) {
      const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
      at += 4;
      starts[cell] = at;
      lengths[cell] = length;
      if (length > 0) at += length;
    }
  }

  forget(): void {
    this.bytes = Buffer.alloc(0);
  }
}
