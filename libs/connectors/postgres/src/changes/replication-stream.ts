import type { Duplex } from 'node:stream';
import { ConnectorError, type ReadLimits, type Slab, type SlabPool } from '@millrace/connector-sdk';
import { COPY_DATA, COPY_DONE, int32At, MESSAGE_HEADER, type WireConnection } from '../copy/wire.js';
import { NOTICE_RESPONSE, NOTIFICATION_RESPONSE, PARAMETER_STATUS } from '../copy/wire.js';
import { ChangeDecoder } from './change-decoder.js';
import { ChangeGroup } from './change-group.js';
import { translateSlotError } from './feed-errors.js';
import type { FollowedTable } from './followed-table.js';
import { type Lsn, lsnAt } from './lsn.js';
import type { OpenBatch } from './open-batch.js';
import { type Progress, StatusReporter } from './status-reporter.js';

const COPY_BOTH_RESPONSE = 0x57;
const XLOG_DATA = 0x77;
/** XLogData: its own type, then start, end and clock of eight bytes each before the message of the log. */
const XLOG_HEADER = 25;
const KEEPALIVE = 0x6b;
const NOISE = new Set([COPY_BOTH_RESPONSE, NOTICE_RESPONSE, PARAMETER_STATUS, NOTIFICATION_RESPONSE]);

export interface StreamRequest {
  /** The START_REPLICATION command. */
  readonly command: string;
  readonly tables: readonly FollowedTable[];
  readonly start: Lsn;
  readonly upTo?: Lsn;
  readonly ignoreMark?: string;
  readonly limits: ReadLimits;
  readonly slabs: SlabPool;
}

/**
 * `START_REPLICATION` as a query of `pg`. While it runs it takes the socket's bytes itself and writes to the socket what
 * was confirmed. Batches are pulled with `next`; a consumer that is behind stops the socket, not the confirmations.
 */
export class ReplicationStream implements Progress {
  private readonly ready: OpenBatch[] = [];
  private waiting: { resolve: (batch: OpenBatch | undefined) => void; reject: (error: Error) => void } | undefined;
  private stream: Duplex | undefined;
  private parseRest: ((chunk: Buffer) => void) | undefined;
  private readonly onData = (chunk: Buffer) => this.take(chunk);
  private failure: Error | undefined;
  private ended = false;
  private readonly inbox: Slab;
  private readonly group: ChangeGroup;
  private readonly decoder: ChangeDecoder;
  private readonly status: StatusReporter;
  /** Position of the last batch that the consumer took. */
  private handed: Lsn;
  private confirmed: Lsn;

  constructor(private readonly request: StreamRequest) {
    const { slabs, limits, start, tables, ignoreMark } = request;
    this.inbox = slabs.take();
    this.group = new ChangeGroup(slabs, limits, (batches) => this.deliver(batches), start);
    this.decoder = new ChangeDecoder(tables, this.group, ignoreMark);
    this.decoder.decoded = start;
    this.handed = start;
    this.confirmed = start;
    this.status = new StatusReporter(this);
  }

  get reached(): Lsn {
    return this.ready.length === 0 && this.group.empty ? this.decoder.decoded : this.handed;
  }

  /** With everything durable that concerns us, the source may forget the rest as well. */
  get durable(): Lsn {
    return this.confirmed >= this.group.told ? Math.max(this.confirmed, this.decoder.decoded) : this.confirmed;
  }

  get received(): Lsn {
    return this.decoder.decoded;
  }

  confirm(position: Lsn): void {
    this.confirmed = Math.max(this.confirmed, Math.min(position, this.handed));
    this.status.soon();
  }

  /** Called by `pg` when it is this query's turn. */
  submit(connection: WireConnection): void {
    this.stream = connection.stream;
    this.parseRest = this.stream.listeners('data')[0] as (chunk: Buffer) => void;
    this.stream.removeListener('data', this.parseRest);
    this.stream.on('data', this.onData);
    connection.query(this.request.command);
  }

  /** The next batch, or undefined after the last. What is there is handed over at once, if it is whole transactions. */
  next(): Promise<OpenBatch | undefined> {
    if (this.ready.length === 0) {
      if (!this.decoder.inTransaction) this.group.handOver(this.group.told);
      this.stream?.resume();
    }
    const batch = this.ready.shift();
    if (batch) return Promise.resolve(this.hand(batch));
    if (this.failure) return Promise.reject(this.failure);
    if (this.ended) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  /** Tells the server once more what is durable, and ends the stream. */
  close(): void {
    const { stream } = this;
    if (stream && this.parseRest && stream.writable && !this.failure) {
      this.status.send();
      const done = Buffer.alloc(MESSAGE_HEADER);
      done[0] = COPY_DONE;
      done.writeInt32BE(4, 1);
      stream.write(done);
    }
    this.status.stop();
    this.ended = true;
  }

  handleError(error: unknown): void {
    this.detach();
    this.fail(translateSlotError(error));
  }

  handleReadyForQuery(): void {
    if (!this.ended) this.fail(new ConnectorError('connection-lost'));
  }

  handleCommandComplete(): void {}

  private take(chunk: Buffer): void {
    if (this.ended) return;
    const { inbox } = this;
    inbox.reserve(chunk.length);
    chunk.copy(inbox.bytes, inbox.end);
    inbox.end += chunk.length;
    try {
      const at = this.messages();
      inbox.bytes.copyWithin(0, at, inbox.end);
      inbox.end -= at;
    } catch (error) {
      this.fail(error as Error);
      this.stream!.destroy();
    }
    if (this.waiting && !this.decoder.inTransaction) this.group.handOver(this.group.told);
  }

  /** Goes through the whole messages of the inbox and gives where the rest begins. */
  private messages(): number {
    const { inbox } = this;
    let at = 0;
    while (!this.ended && inbox.end - at >= MESSAGE_HEADER) {
      const { bytes } = inbox;
      const size = 1 + int32At(bytes, at + 1);
      const type = bytes[at]!;
      if (type === COPY_DATA && size > this.request.limits.maxRecordBytes) throw new ConnectorError('record-too-large');
      if (type !== COPY_DATA && !NOISE.has(type)) return this.giveBack(at);
      if (inbox.end - at < size) break;
      if (type === COPY_DATA) this.payload(bytes, at + MESSAGE_HEADER, at + size);
      else if (type === COPY_BOTH_RESPONSE) this.status.start(this.stream!);
      at += size;
    }
    return at;
  }

  private payload(bytes: Buffer, at: number, end: number): void {
    const { decoder } = this;
    if (bytes[at] === XLOG_DATA) {
      this.status.clock(bytes, at + 17);
      decoder.take(bytes, at + XLOG_HEADER, end);
    } else if (bytes[at] === KEEPALIVE) {
      this.status.clock(bytes, at + 9);
      if (!decoder.inTransaction) decoder.decoded = Math.max(decoder.decoded, lsnAt(bytes, at + 1));
      if (bytes[at + 17] === 1) this.status.send();
    }
    this.endWhenReached();
  }

  private endWhenReached(): void {
    const { upTo } = this.request;
    const { decoder } = this;
    if (upTo === undefined) return;
    const over = decoder.inTransaction ? decoder.commitAt >= upTo : decoder.decoded >= upTo;
    if (!over) return;
    this.group.handOver(this.group.told);
    this.ended = true;
    this.stream!.pause();
    this.settle((waiting) => waiting.resolve(undefined));
  }

  /** What is not for us is an error or the end: `pg` understands it, and calls the handlers above. */
  private giveBack(at: number): number {
    const rest = Buffer.from(this.inbox.bytes.subarray(at, this.inbox.end));
    const parse = this.parseRest!;
    this.detach();
    parse(rest);
    return this.inbox.end;
  }

  private detach(): void {
    this.status.stop();
    if (!this.stream || !this.parseRest) return;
    this.stream.removeListener('data', this.onData);
    this.stream.on('data', this.parseRest);
    this.parseRest = undefined;
    this.stream.resume();
  }

  private deliver(batches: readonly OpenBatch[]): void {
    const behind = this.ready.length > 0;
    this.ready.push(...batches);
    if (this.waiting) this.settle((waiting) => waiting.resolve(this.hand(this.ready.shift()!)));
    else if (behind) this.stream!.pause();
  }

  private hand(batch: OpenBatch): OpenBatch {
    if (batch.end !== undefined) this.handed = batch.end;
    return batch;
  }

  private fail(error: Error): void {
    this.status.stop();
    this.failure ??= error;
    this.settle((waiting) => waiting.reject(this.failure!));
  }

  private settle(act: (waiting: NonNullable<ReplicationStream['waiting']>) => void): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting) act(waiting);
  }
}
