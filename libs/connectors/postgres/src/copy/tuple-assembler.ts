import { ConnectorError, type ReadLimits, type Slab, type SlabPool } from '@millrace/connector-sdk';
import {
  COPY_DATA,
  COPY_HEADER,
  COPY_OUT_RESPONSE,
  int32At,
  MESSAGE_HEADER,
  messageSize,
  NOTICE_RESPONSE,
  NOTIFICATION_RESPONSE,
  PARAMETER_STATUS,
} from './wire.js';

/** Room for what the socket gives at once, so that a full batch rarely has to grow. */
const CHUNK_BYTES = 65_536;
/** Longest message that is no row: notices and settings are short. */
const MAX_NOISE_BYTES = 1024 * 1024;

/**
 * Turns the bytes of a binary COPY TO STDOUT into batches. The server sends one message per row, so the bytes of the
 * socket are copied into the batch as they come and only the message lengths are looked at: rows start where they start.
 */
export class TupleAssembler {
  private slab: Slab;
  /** End of the bytes received into the slab. */
  private filled = 0;
  /** Where the next message starts. */
  private scanned = 0;
  private headerSeen = false;
  private trailerSeen = false;

  constructor(
    private readonly slabs: SlabPool,
    private readonly limits: ReadLimits,
    private readonly stream: string,
    /** How many cells a row has. */
    private readonly cells: number,
    private readonly onBatch: (batch: Slab) => void,
  ) {
    this.slab = this.take();
  }

  /**
   * Takes what the socket gave. As soon as a message is not for us (the end of the data, an error), gives it and all
   * that follows, for `pg` to understand; until then undefined.
   */
  push(chunk: Buffer): Buffer | undefined {
    this.append(chunk);
    while (this.filled - this.scanned >= MESSAGE_HEADER) {
      const { bytes } = this.slab;
      const type = bytes[this.scanned]!;
      const size = messageSize(bytes, this.scanned);
      if (type === COPY_DATA) {
        if (size > this.limits.maxRecordBytes) throw new ConnectorError('record-too-large', { stream: this.stream });
        if (this.filled - this.scanned < size) break;
        this.row(this.scanned + MESSAGE_HEADER, this.scanned + size);
      } else if (!isNoise(type)) {
        return Buffer.from(bytes.subarray(this.scanned, this.filled));
      } else if (size > MAX_NOISE_BYTES) throw new ConnectorError('protocol-violation', { stream: this.stream });
      else if (this.filled - this.scanned < size) break;
      else this.scanned += size;
    }
    return undefined;
  }

  /** Hands over the last batch, if it holds a row. @throws ConnectorError when the server left out the end of the rows */
  finish(): void {
    if (!this.trailerSeen) throw new ConnectorError('protocol-violation', { stream: this.stream });
    if (this.slab.rowCount > 0) this.emit();
    else this.slabs.give(this.slab);
  }

  private append(chunk: Buffer): void {
    this.slab.end = this.filled;
    this.slab.reserve(chunk.length);
    chunk.copy(this.slab.bytes, this.filled);
    this.filled += chunk.length;
  }

  private row(payload: number, next: number): void {
    let start = payload;
    if (!this.headerSeen) {
      start = this.skipHeader(payload, next);
      this.headerSeen = true;
    }
    this.scanned = next;
    // The header may stand alone; and the trailer counts -1 cells.
    if (start === next) return;
    if (this.slab.bytes[start] === 0xff) {
      this.trailerSeen = true;
      return;
    }
    if (!this.isRow(start, next)) throw new ConnectorError('protocol-violation', { stream: this.stream });
    this.slab.markRow(start);
    if (this.slab.rowCount >= this.limits.batchRows || next >= this.limits.batchBytes) this.emitAndContinue();
  }

  /** Whether the cells fill `[start, next)`, so that whoever reads them never leaves the row. */
  private isRow(start: number, next: number): boolean {
    const { bytes } = this.slab;
    if (((bytes[start]! << 8) | bytes[start + 1]!) !== this.cells) return false;
    let at = start + 2;
    for (let cell = 0; cell < this.cells; cell++) {
      if (at + 4 > next) return false;
      const length = int32At(bytes, at);
      if (length < -1) return false;
      at += length > 0 ? 4 + length : 4;
    }
    return at === next;
  }

  private skipHeader(payload: number, next: number): number {
    const { bytes } = this.slab;
    const fixed = COPY_HEADER.length;
    const signed = next - payload >= fixed && bytes.compare(COPY_HEADER, 0, 11, payload, payload + 11) === 0;
    if (!signed) throw new ConnectorError('protocol-violation', { stream: this.stream });
    const start = payload + fixed + int32At(bytes, payload + fixed - 4);
    if (start < payload + fixed || start > next)
      throw new ConnectorError('protocol-violation', { stream: this.stream });
    return start;
  }

  private emitAndContinue(): void {
    const full = this.slab;
    const rest = this.take();
    const left = this.filled - this.scanned;
    rest.reserve(left);
    full.bytes.copy(rest.bytes, 0, this.scanned, this.filled);
    this.emit();
    this.slab = rest;
    this.filled = left;
    this.scanned = 0;
  }

  private emit(): void {
    this.slab.end = this.scanned;
    this.slab.contiguous = false;
    this.onBatch(this.slab);
  }

  private take(): Slab {
    const slab = this.slabs.take();
    slab.reserve(CHUNK_BYTES);
    return slab;
  }
}

function isNoise(type: number): boolean {
  return (
    type === COPY_OUT_RESPONSE ||
    type === NOTICE_RESPONSE ||
    type === PARAMETER_STATUS ||
    type === NOTIFICATION_RESPONSE
  );
}
