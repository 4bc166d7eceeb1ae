import { ConnectorError, type ReadLimits, type Slab, type SlabPool } from '@millrace/connector-sdk';
import {
  COPY_DATA,
  COPY_HEADER,
  COPY_OUT_RESPONSE,
  int32At,
  MESSAGE_HEADER,
  NOTICE_RESPONSE,
  NOTIFICATION_RESPONSE,
  PARAMETER_STATUS,
} from './wire.js';

/** Room for what the socket gives at once, so that a full batch rarely has to grow. */
const CHUNK_BYTES = 65_536;

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

  constructor(
    private readonly slabs: SlabPool,
    private readonly limits: ReadLimits,
    private readonly stream: string,
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
      const size = 1 + int32At(bytes, this.scanned + 1);
      if (type === COPY_DATA) {
        if (size > this.limits.maxRecordBytes) throw new ConnectorError('record-too-large', { stream: this.stream });
        if (this.filled - this.scanned < size) break;
        this.row(this.scanned + MESSAGE_HEADER, this.scanned + size);
      } else if (!isNoise(type)) {
        return Buffer.from(bytes.subarray(this.scanned, this.filled));
      } else if (this.filled - this.scanned < size) break;
      else this.scanned += size;
    }
    return undefined;
  }

  /** Hands over the last batch, if it holds a row. */
  finish(): void {
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
    if (start >= next || this.slab.bytes[start] === 0xff) return;
    this.slab.markRow(start);
    if (this.slab.rowCount >= this.limits.batchRows || next >= this.limits.batchBytes) this.emitAndContinue();
  }

  private skipHeader(payload: number, next: number): number {
    const { bytes } = this.slab;
    const fixed = COPY_HEADER.length;
    const signed = next - payload >= fixed && bytes.compare(COPY_HEADER, 0, 11, payload, payload + 11) === 0;
    if (!signed) throw new ConnectorError('protocol-violation', { stream: this.stream });
    return payload + fixed + int32At(bytes, payload + fixed - 4);
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
