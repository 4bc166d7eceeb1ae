import type { LogPosition } from '@millrace/connector-sdk';

const TWO_32 = 4_294_967_296;

/** A place in the write-ahead log in bytes. A double holds it exactly up to 8 PiB of log. */
export type Lsn = number;

/** Reads PostgreSQL's own notation, two hexadecimal halves such as `16/B374D848`. */
export function parseLsn(position: LogPosition): Lsn {
  const [high, low] = position.split('/') as [string, string];
  return Number.parseInt(high, 16) * TWO_32 + Number.parseInt(low, 16);
}

export function formatLsn(lsn: Lsn): LogPosition {
  const high = Math.floor(lsn / TWO_32);
  return `${high.toString(16)}/${(lsn - high * TWO_32).toString(16)}`.toUpperCase();
}

export function lsnAt(bytes: Buffer, offset: number): Lsn {
  return bytes.readUInt32BE(offset) * TWO_32 + bytes.readUInt32BE(offset + 4);
}

export function writeLsn(lsn: Lsn, bytes: Buffer, offset: number): number {
  const high = Math.floor(lsn / TWO_32);
  bytes.writeUInt32BE(high, offset);
  return bytes.writeUInt32BE(lsn - high * TWO_32, offset + 4);
}
