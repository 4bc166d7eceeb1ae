/** Signature of PostgreSQL's binary COPY form, flags and the length of an empty header extension. */
const HEADER_BYTES = 19;

/**
 * Goes through rows in PostgreSQL's binary COPY form, field by field in the order of the query. What is damaged shows as rows
 * that are not what was signed.
 *
 * Source: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
export class CopiedRows {
  private readonly bytes: Buffer;
  private at = HEADER_BYTES;

  constructor(copy: Uint8Array) {
    this.bytes = viewOf(copy);
  }

  /** Goes to the next row; false after the last. */
  next(): boolean {
    if (this.at + 2 > this.bytes.length) return false;
    const fields = this.bytes.readInt16BE(this.at);
    this.at += 2;
    return fields > 0;
  }

  /** The next field as it is; a view, empty for null. */
  field(): Buffer {
    const length = Math.max(0, this.bytes.readInt32BE(this.at));
    const start = this.at + 4;
    this.at = start + length;
    return this.bytes.subarray(start, this.at);
  }

  text(): string {
    const length = Math.max(0, this.bytes.readInt32BE(this.at));
    const start = this.at + 4;
    this.at = start + length;
    return this.bytes.toString('utf8', start, this.at);
  }

  /** A `bigint`, or the microseconds since 2000 of a `timestamptz`. */
  integer(): number {
    const start = this.at + 4;
    this.at = start + 8;
    return this.bytes.readInt32BE(start) * 2 ** 32 + this.bytes.readUInt32BE(start + 4);
  }
}

export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
