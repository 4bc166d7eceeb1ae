import type { Duplex } from 'node:stream';
import { COPY_DATA, MESSAGE_HEADER } from '../copy/wire.js';
import { type Lsn, writeLsn } from './lsn.js';

/** The server gives up on a silent client after `wal_sender_timeout`, 60 seconds by default. In milliseconds. */
const STATUS_INTERVAL_MS = 5_000;
/** Confirmations within this time go in one message, in milliseconds. */
const GATHER_MS = 100;
const STATUS_UPDATE = 0x72;
/** Type, three positions, a clock, and whether an answer is wanted. */
const PAYLOAD_BYTES = 34;

/** What the reporter reads at the moment it reports. */
export interface Progress {
  readonly received: Lsn;
  readonly durable: Lsn;
}

/** Tells the server what was received and what is durable ("Standby status update"). */
export class StatusReporter {
  private stream: Duplex | undefined;
  private interval: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;
  /** The server's own clock as it last told it, which spares us one of our own. */
  private readonly lastClock = Buffer.alloc(8);

  constructor(private readonly progress: Progress) {}

  start(stream: Duplex): void {
    this.stream = stream;
    this.interval = setInterval(() => this.send(), STATUS_INTERVAL_MS);
    this.interval.unref();
  }

  clock(bytes: Buffer, at: number): void {
    bytes.copy(this.lastClock, 0, at, at + 8);
  }

  /** Reports within a moment. */
  soon(): void {
    this.gathering ??= setTimeout(() => this.send(), GATHER_MS).unref();
  }

  send(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    if (!this.stream?.writable) return;
    const message = Buffer.alloc(MESSAGE_HEADER + PAYLOAD_BYTES);
    message[0] = COPY_DATA;
    message.writeInt32BE(PAYLOAD_BYTES + 4, 1);
    message[MESSAGE_HEADER] = STATUS_UPDATE;
    let at = writeLsn(this.progress.received, message, MESSAGE_HEADER + 1);
    at = writeLsn(this.progress.durable, message, at);
    at = writeLsn(this.progress.durable, message, at);
    this.lastClock.copy(message, at);
    this.stream.write(message);
  }

  stop(): void {
    clearInterval(this.interval);
    clearTimeout(this.gathering);
    this.stream = undefined;
  }
}
