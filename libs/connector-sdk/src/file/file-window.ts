import type { FileHandle } from 'node:fs/promises';

/** Bytes asked of the file at once. */
const CHUNK_BYTES = 256 * 1024;

/** A piece of a file in memory that moves forward, and grows when a record is longer than it. */
export class FileWindow {
  bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES * 2);
  /** Offset in `bytes` of what is not consumed yet. */
  at = 0;
  /** Offset in `bytes` behind what was read. */
  end = 0;

  /** Reads `handle` from `offset` on, and no further than `limit`. */
  constructor(
    private readonly handle: FileHandle,
    private offset: number,
    private readonly limit: number,
  ) {}

  /** Offset in the file of `at`. */
  get position(): number {
    return this.offset - (this.end - this.at);
  }

  /** Whether everything up to the limit was read. */
  get isLast(): boolean {
    return this.offset >= this.limit;
  }

  /** Reads on behind what is not consumed. A file that turns out shorter than the limit ends there: gives false. */
  async more(): Promise<boolean> {
    // A long record is looked at from its beginning with every piece, so the pieces grow with it.
    const size = Math.max(CHUNK_BYTES, this.end - this.at);
    this.makeRoom(size);
    const wanted = Math.min(size, this.limit - this.offset);
    const { bytesRead } = await this.handle.read(this.bytes, this.end, wanted, this.offset);
    this.end += bytesRead;
    this.offset += bytesRead;
    return bytesRead > 0;
  }

  /** Overwrites what was read. */
  wipe(): void {
    this.bytes.fill(0);
  }

  private makeRoom(size: number): void {
    if (this.at > 0) {
      this.bytes.copy(this.bytes, 0, this.at, this.end);
      this.end -= this.at;
      this.at = 0;
    }
    if (this.bytes.length - this.end >= size) return;
    const grown = Buffer.allocUnsafeSlow(this.bytes.length * 2);
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes.fill(0);
    this.bytes = grown;
  }
}
