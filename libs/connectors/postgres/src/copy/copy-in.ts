import type { Duplex } from 'node:stream';
import { COPY_DATA, COPY_DONE, COPY_HEADER, COPY_TRAILER, MESSAGE_HEADER, type WireConnection } from './wire.js';

/**
 * Size of one CopyData message. The server reads a message whole before it parses the first row of it, so large ones
 * would make it wait for us and us for it.
 */
const MESSAGE_BYTES = 131_072;

/** A `COPY … FROM STDIN (FORMAT BINARY)` of one block of rows as a query of `pg`. Rows are sent as they lie in memory. */
export class CopyIn {
  /** Settles when the server has answered and the socket no longer refers to the rows. */
  readonly done: Promise<void>;
  private resolve!: () => void;
  private reject!: (error: unknown) => void;
  private flushed: Promise<void> = Promise.resolve();

  /** `rows` are tuples in COPY's own layout, without its header and trailer. */
  constructor(
    private readonly text: string,
    private readonly rows: Buffer,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Called by `pg` when it is this query's turn. */
  submit(connection: WireConnection): void {
    connection.query(this.text);
  }

  handleCopyInResponse(connection: WireConnection): void {
    const { stream } = connection;
    stream.cork();
    send(stream, COPY_HEADER);
    for (let from = 0; from < this.rows.length; from += MESSAGE_BYTES) {
      send(stream, this.rows.subarray(from, from + MESSAGE_BYTES));
    }
    send(stream, COPY_TRAILER);
    this.flushed = new Promise((resolve) => {
      // Also called, with an error, when the connection breaks.
      stream.write(header(COPY_DONE, 0), () => resolve());
    });
    stream.uncork();
  }

  /** After this `pg` tells the query nothing more, not even that the server is ready again. */
  handleError(error: unknown): void {
    void this.flushed.then(() => this.reject(error));
  }

  handleCommandComplete(): void {}

  /** What a SELECT before the COPY gives is not wanted. */
  handleRowDescription(): void {}

  handleDataRow(): void {}

  handleReadyForQuery(): void {
    void this.flushed.then(() => this.resolve());
  }
}

function send(stream: Duplex, payload: Buffer): void {
  stream.write(header(COPY_DATA, payload.length));
  stream.write(payload);
}

function header(type: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(MESSAGE_HEADER);
  bytes[0] = type;
  bytes.writeInt32BE(length + 4, 1);
  return bytes;
}
