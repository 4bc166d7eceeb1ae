import { ConnectorError } from '@millrace/connector-sdk';
import { int32At } from '../copy/wire.js';

/** In `lengths`: the value is null. */
export const NULL_CELL = -1;
/** In `lengths`: the log does not repeat the value, since it is stored apart (TOAST) and did not change. */
export const UNTOLD_CELL = -2;

const NULL_MARK = 0x6e;
const UNTOLD_MARK = 0x75;
const TEXT_MARK = 0x74;
const BINARY_MARK = 0x62;

/** Where the cells of one TupleData of a message lie. Reused from row to row. */
export class TupleCells {
  count = 0;
  /** Whether any cell is untold. */
  partial = false;
  starts = new Int32Array(64);
  lengths = new Int32Array(64);
  /** 1 for a cell in its type's text form. */
  texts = new Uint8Array(64);

  /** Reads the tuple at `at` and gives the offset behind it. */
  read(bytes: Buffer, at: number): number {
    const count = (bytes[at]! << 8) | bytes[at + 1]!;
    if (count > this.starts.length) this.grow(count);
    this.count = count;
    this.partial = false;
    let offset = at + 2;
    for (let cell = 0; cell < count; cell++) {
      const mark = bytes[offset]!;
      if (mark === BINARY_MARK || mark === TEXT_MARK) {
        const length = int32At(bytes, offset + 1);
        this.starts[cell] = offset + 5;
        this.lengths[cell] = length;
        this.texts[cell] = mark === TEXT_MARK ? 1 : 0;
        offset += 5 + length;
      } else if (mark === NULL_MARK) {
        this.lengths[cell] = NULL_CELL;
        offset++;
      } else if (mark === UNTOLD_MARK) {
        this.lengths[cell] = UNTOLD_CELL;
        this.partial = true;
        offset++;
      } else throw new ConnectorError('protocol-violation');
    }
    return offset;
  }

  private grow(count: number): void {
    this.starts = new Int32Array(count);
    this.lengths = new Int32Array(count);
    this.texts = new Uint8Array(count);
  }
}
