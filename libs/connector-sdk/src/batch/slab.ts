const NULL_LENGTH = -1;
const FIRST_ROW_CAPACITY = 4_096;

/**
 * A batch of records: rows of length-prefixed cells in one buffer. A row is an int16 count of cells, then for each
 * cell an int32 length (-1 for null) and that many bytes (see `CellKind` for their meaning), all big-endian. This is the
 * tuple layout of PostgreSQL's binary COPY, so between two PostgreSQL servers an untouched cell is copied, not decoded.
 */
export interface Batch {
  /** Holds the rows; bytes outside of the rows mean nothing. */
  readonly bytes: Buffer;
  /** Offset of each row's cell count; only the first `rowCount` entries are valid. */
  readonly rowStarts: Uint32Array;
  readonly rowCount: number;
  /** Offset behind the last row. */
  readonly end: number;
  /** Whether the rows follow one another without gaps, as a writer needs them. */
  readonly contiguous: boolean;
}

/** A batch under construction. The buffer grows, at least by doubling, and never shrinks, so that a pool can reuse it. */
export class Slab implements Batch {
  bytes: Buffer;
  rowStarts = new Uint32Array(FIRST_ROW_CAPACITY);
  rowCount = 0;
  end = 0;
  contiguous = true;

  /**
   * `capacity` in bytes; `onGrow` learns by how many bytes the buffer grew. Once it does not suffice, the buffer has at
   * least `comfortable` bytes.
   */
  constructor(
    capacity: number,
    private readonly onGrow: (addedBytes: number) => void = () => {},
    private readonly comfortable = 0,
  ) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes room for `size` more bytes behind `end`. `bytes` may be another buffer afterwards. */
  reserve(size: number): void {
    const needed = this.end + size;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(
      this.bytes.length < this.comfortable
        ? Math.max(this.comfortable, needed)
        : Math.max(this.bytes.length * 2, needed),
    );
    this.bytes.copy(grown, 0, 0, this.end);
    this.onGrow(grown.length - this.bytes.length);
    this.bytes.fill(0);
    this.bytes = grown;
  }

  /** Notes that a row starts at `offset`, which need not be `end`. */
  markRow(offset: number): void {
    if (this.rowCount === this.rowStarts.length) {
      const grown = new Uint32Array(this.rowStarts.length * 2);
      grown.set(this.rowStarts);
      this.rowStarts = grown;
    }
    this.rowStarts[this.rowCount++] = offset;
  }

  /** Starts a row of `cells` cells at `end`. */
  startRow(cells: number): void {
    this.markRow(this.end);
    this.reserve(2);
    this.bytes.writeInt16BE(cells, this.end);
    this.end += 2;
  }

  /** Forgets the row that was started last. */
  abandonRow(): void {
    this.end = this.rowStarts[--this.rowCount]!;
  }

  writeNull(): void {
    this.reserve(4);
    this.bytes.writeInt32BE(NULL_LENGTH, this.end);
    this.end += 4;
  }

  /** Starts a cell of exactly `length` bytes and gives the offset at which the caller must write them. */
  startCell(length: number): number {
    this.reserve(4 + length);
    this.bytes.writeInt32BE(length, this.end);
    const offset = this.end + 4;
    this.end = offset + length;
    return offset;
  }

  writeCell(value: Uint8Array): void {
    const offset = this.startCell(value.length);
    this.bytes.set(value, offset);
  }

  writeText(value: string): void {
    this.reserve(4 + value.length * 3);
    const length = this.bytes.write(value, this.end + 4, 'utf8');
    this.bytes.writeInt32BE(length, this.end);
    this.end += 4 + length;
  }

  /** Empties the slab for its next use; the bytes stay until overwritten. */
  clear(): void {
    this.rowCount = 0;
    this.end = 0;
    this.contiguous = true;
  }

  /** Overwrites every byte with zero. */
  wipe(): void {
    this.clear();
    this.bytes.fill(0);
    this.rowStarts.fill(0);
  }
}
