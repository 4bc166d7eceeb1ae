import type { Duplex } from 'node:stream';
import { ConnectorError } from '@millrace/connector-sdk';
import { MESSAGE_HEADER } from '../copy/wire.js';

/** Largest message that is read whole; a value of a record comes by COPY, which has limits of its own. In bytes. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Most that the server may say until it is ready again: `pg` keeps the rows of an answer in memory. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** Every message that a server of protocol 3 sends (PostgreSQL documentation, "Message Formats"). */
const KNOWN = new Set([...Buffer.from('RKSZCDTEINAtnsV1233GHWdcv')]);
const READY = 0x5a;
/** Error and notice: fields that end with a zero each, and one more at the end. */
const REPORTS = new Set([0x45, 0x4e]);

type Listener = (chunk: Buffer) => void;

/**
 * Puts itself between a connection's socket and the parser of `pg`, which trusts the server: an answer that is not of the
 * protocol would throw in the middle of an event, go round in a circle, or be kept in memory without an end. Here it
 * ends the connection with `protocol-violation` or `answer-too-large`, of which the query or the connecting hears.
 */
export function guardWire(stream: Duplex): void {
  const parse = stream.listeners('data').at(-1) as Listener;
  const frames = new Frames();
  stream.removeListener('data', parse);
  stream.on('data', (chunk: Buffer) => {
    try {
      frames.check(chunk);
      parse(chunk);
    } catch (error) {
      stream.destroy(error instanceof ConnectorError ? error : new ConnectorError('protocol-violation'));
    }
  });
}

/** Follows where messages begin and end, whatever the pieces in which they come. */
class Frames {
  private readonly header = Buffer.alloc(MESSAGE_HEADER);
  private headerBytes = 0;
  /** Bytes of the present message that are still to come. */
  private left = 0;
  private answered = 0;
  private lastTwo = 0;

  /** @throws ConnectorError when a message is none */
  check(chunk: Buffer): void {
    this.answered += chunk.length;
    if (this.answered > MAX_ANSWER_BYTES) throw new ConnectorError('answer-too-large');
    for (let at = 0; at < chunk.length;) at = this.left > 0 ? this.body(chunk, at) : this.begin(chunk, at);
  }

  private begin(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.header, this.headerBytes, at, at + MESSAGE_HEADER - this.headerBytes);
    this.headerBytes += taken;
    if (!KNOWN.has(this.header[0]!)) throw new ConnectorError('protocol-violation');
    if (this.headerBytes < MESSAGE_HEADER) return at + taken;
    const length = this.header.readUInt32BE(1);
    if (length < 4 || length > MAX_MESSAGE_BYTES) throw new ConnectorError('protocol-violation');
    this.left = length - 4;
    this.lastTwo = 0xffff;
    if (this.left === 0) this.end();
    return at + taken;
  }

  private body(chunk: Buffer, at: number): number {
    const taken = Math.min(this.left, chunk.length - at);
    const to = at + taken;
    for (let last = Math.max(at, to - 2); last < to; last++)
      this.lastTwo = ((this.lastTwo << 8) | chunk[last]!) & 0xffff;
    this.left -= taken;
    if (this.left === 0) this.end();
    return to;
  }

  private end(): void {
    const type = this.header[0]!;
    if (REPORTS.has(type) && this.lastTwo !== 0) throw new ConnectorError('protocol-violation');
    if (type === READY) this.answered = 0;
    this.headerBytes = 0;
  }
}
