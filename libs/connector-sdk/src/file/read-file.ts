import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import type { Slab } from '../batch/slab.js';
import { ConnectorError } from '../connector-error.js';
import type { ReadBatch, ReadRequest } from '../session.js';
import type { FileDescription, RecordParser } from './file-format.js';
import { type FilePlace, placeOf, positionOf, recordDigest } from './file-position.js';
import { fileError } from './file-root.js';
import { FileWindow } from './file-window.js';

/** Records parsed between two looks at the abort signal. */
const RECORDS_PER_LOOK = 4_096;

export interface FileReading {
  readonly open: () => Promise<FileHandle>;
  readonly description: FileDescription;
  readonly parser: RecordParser;
  readonly request: ReadRequest;
}

/** Reads a file from a place to another in the file's order, as fast as its batches are taken. */
export async function* readFile(reading: FileReading): AsyncGenerator<ReadBatch, void, void> {
  const { request } = reading;
  const { stream } = request.partition;
  request.signal.throwIfAborted();
  const handle = await reading.open();
  let scan: FileScan | undefined;
  try {
    scan = await FileScan.start(handle, reading);
    for (let batch = await scan.next(); batch; batch = await scan.next()) yield batch;
  } catch (error) {
    request.signal.throwIfAborted();
    throw fileError(error, stream);
  } finally {
    scan?.release();
    await handle.close();
  }
}

/** Why parsing stopped: the batch is full, a record ends behind what is in memory, or the signal is due a look. */
type Stop = 'full' | 'cut' | 'look';

/** One pass over a file. */
class FileScan {
  private slab: Slab | undefined;
  private last: { start: number; end: number; digest?: string } = { start: 0, end: 0 };

  private constructor(
    private readonly window: FileWindow,
    private readonly reading: FileReading,
    private records: number,
    /** Whether the file grew beyond what is read, so that a record without an end is one that is still being written. */
    private readonly grows: boolean,
  ) {}

  static async start(handle: FileHandle, reading: FileReading): Promise<FileScan> {
    const { bounds, stream } = reading.request.partition;
    const { size } = await handle.stat();
    const limit = bounds.upTo ? placeOf(bounds.upTo).end : size;
    const known = bounds.after ?? bounds.from;
    const place = known && placeOf(known);
    if (limit > size || (place && place.end > size)) throw new ConnectorError('stream-changed', { stream });
    if (place) await assertSame(handle, place, stream);
    const inclusive = place && !bounds.after;
    const offset = place ? (inclusive ? place.start : place.end) : reading.description.firstRecord;
    const records = place ? place.records - (inclusive && place.digest !== '' ? 1 : 0) : 0;
    return new FileScan(new FileWindow(handle, offset, Math.max(limit, offset)), reading, records, size > limit);
  }

  /** The next batch; undefined behind the last. */
  async next(): Promise<ReadBatch | undefined> {
    const { slabs, signal } = this.reading.request;
    const slab = (this.slab ??= slabs.take());
    for (;;) {
      signal.throwIfAborted();
      const stop = this.parseValid(slab);
      if (stop === 'full') return this.emit(slab);
      if (stop === 'cut' && !(await this.readOn())) break;
    }
    return slab.rowCount > 0 ? this.emit(slab) : undefined;
  }

  release(): void {
    if (this.slab) this.reading.request.slabs.give(this.slab);
    this.window.wipe();
  }

  /** Brings more of the file into memory; false at the end of what is to be read. */
  private async readOn(): Promise<boolean> {
    const { window } = this;
    const { limits, partition } = this.reading.request;
    const { stream } = partition;
    const record = this.records + 1;
    if (window.end - window.at > limits.maxRecordBytes)
      throw new ConnectorError('record-too-large', { stream, record });
    if (!window.isLast) {
      this.noteDigest();
      if (await window.more()) return true;
      throw new ConnectorError('stream-changed', { stream });
    }
    if (window.at < window.end && !this.grows) throw new ConnectorError('record-malformed', { stream, record });
    return false;
  }

  private parseValid(slab: Slab): Stop {
    const { window } = this;
    const { stream } = this.reading.request.partition;
    const from = window.at;
    try {
      const stop = this.parse(slab);
      if (isUtf8(window.bytes.subarray(from, window.at))) return stop;
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      throw new ConnectorError(error.code, { record: this.records + 1, ...error.details, stream });
    }
    throw new ConnectorError('record-malformed', { stream });
  }

  private parse(slab: Slab): Stop {
    const { limits } = this.reading.request;
    const { parser } = this.reading;
    const { window } = this;
    const isLast = window.isLast && !this.grows;
    for (let looked = 0; looked < RECORDS_PER_LOOK; looked++) {
      if (window.at >= window.end) return 'cut';
      const rows = slab.rowCount;
      const next = parser.record(window.bytes, window.at, window.end, isLast, slab);
      if (next < 0) return 'cut';
      if (next - window.at > limits.maxRecordBytes) throw new ConnectorError('record-too-large');
      if (slab.rowCount > rows) {
        this.records++;
        const start = window.position;
        this.last = { start, end: start + next - window.at };
      }
      window.at = next;
      if (slab.rowCount >= limits.batchRows || slab.end >= limits.batchBytes) return 'full';
    }
    return 'look';
  }

  private emit(batch: Slab): ReadBatch {
    this.slab = undefined;
    this.noteDigest();
    const { start, end, digest = '' } = this.last;
    return { batch, lastKey: positionOf({ start, end, records: this.records, digest }) };
  }

  /** Made once per batch and whenever the window moves on, for then the record leaves memory. */
  private noteDigest(): void {
    const { window, last } = this;
    if (last.digest !== undefined || last.end === 0) return;
    const origin = window.position - window.at;
    last.digest = recordDigest(window.bytes.subarray(last.start - origin, last.end - origin));
  }
}

/** A file that was not only grown since a place was noted holds something else there. */
async function assertSame(handle: FileHandle, place: FilePlace, stream: string): Promise<void> {
  if (place.digest === '') return;
  const record = Buffer.allocUnsafeSlow(place.end - place.start);
  const { bytesRead } = await handle.read(record, 0, record.length, place.start);
  const same = bytesRead === record.length && recordDigest(record) === place.digest;
  record.fill(0);
  if (!same) throw new ConnectorError('stream-changed', { stream });
}
