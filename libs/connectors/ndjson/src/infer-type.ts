import type { FileType } from '@millrace/connector-sdk';

/** Digits that every 64-bit integer has room for. */
const INT8_DIGITS = 18;

/** The narrowest type that holds a JSON value without loss; undefined for null, which fits all. */
export function typeOfValue(bytes: Buffer, from: number, to: number): FileType | undefined {
  const first = bytes[from]!;
  if (first === 0x6e) return undefined;
  if (first === 0x22) return 'text';
  if (first === 0x74 || first === 0x66) return 'boolean';
  if (first === 0x7b || first === 0x5b) return 'json';
  const text = bytes.toString('latin1', from, to);
  return /^-?\d+$/.test(text) && text.length <= INT8_DIGITS ? 'bigint' : 'numeric';
}

/** The type that holds both without loss: numbers widen to numeric, scalars to text, and with a structure all is JSON. */
export function widened(left: FileType | undefined, right: FileType | undefined): FileType | undefined {
  if (left === undefined || right === undefined || left === right) return left ?? right;
  if (left === 'json' || right === 'json') return 'json';
  const numbers: readonly FileType[] = ['bigint', 'numeric'];
  return numbers.includes(left) && numbers.includes(right) ? 'numeric' : 'text';
}
