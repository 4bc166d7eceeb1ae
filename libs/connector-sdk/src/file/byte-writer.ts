/** Below this many bytes a loop beats the call into native code that a bulk copy costs. */
const SHORT_COPY = 48;
const FIRST_BYTES = 64 * 1024;

/** A buffer that text is written into and that grows by doubling; what it outgrew is overwritten. */
export class ByteWriter {
  bytes: Buffer = Buffer.alloc(FIRST_BYTES);
  end = 0;

  clear(): void {
    this.end = 0;
  }

  /** What was written since it was cleared; valid until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  /** Makes room for `size` more bytes. `bytes` may be another buffer afterwards. */
  reserve(size: number): void {
    if (this.end + size <= this.bytes.length) return;
    const grown = Buffer.alloc(Math.max(this.bytes.length * 2, this.end + size));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes.fill(0);
    this.bytes = grown;
  }

  byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.end++] = byte;
  }

  copy(source: Buffer, from: number, to: number): void {
    this.reserve(to - from);
    if (to - from > SHORT_COPY) {
      source.copy(this.bytes, this.end, from, to);
      this.end += to - from;
    } else for (let at = from; at < to; at++) this.bytes[this.end++] = source[at]!;
  }

  text(text: string): void {
    this.reserve(text.length * 3);
    this.end += this.bytes.write(text, this.end);
  }
}
