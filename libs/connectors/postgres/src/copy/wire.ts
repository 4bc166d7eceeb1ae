import type { Duplex } from 'node:stream';

/** Message types of the frontend/backend protocol 3.0 that COPY uses. */
export const COPY_DATA = 0x64;
export const COPY_DONE = 0x63;
export const COPY_FAIL = 0x66;
export const COPY_OUT_RESPONSE = 0x48;
export const NOTICE_RESPONSE = 0x4e;
export const PARAMETER_STATUS = 0x53;
export const NOTIFICATION_RESPONSE = 0x41;
/** A message is a type byte, then an int32 length that counts itself. */
export const MESSAGE_HEADER = 5;

/** Start of a binary COPY: signature, flags, and the length of a header extension that no version uses. */
export const COPY_HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** End of a binary COPY: a row with the impossible count of -1 cells. */
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

/** The part of `pg`'s connection that a query of our own needs. */
export interface WireConnection {
  readonly stream: Duplex;
  query(text: string): void;
}

/** Reads an int32 without the range checks of `Buffer`: this runs once per row or cell. */
export function int32At(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
}
