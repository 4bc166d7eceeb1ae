import type { Slab } from '../batch/slab.js';
import type { CastRule, CellCast } from './cast-rule.js';
import { trimmed } from './trimmed.js';

const TWO_32 = 4_294_967_296;
/** Digits that a double holds exactly, whatever they are. */
const SAFE_DIGITS = 15;
const MAX_INT64_DIGITS = 400;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

export type IntegerKind = 'int2' | 'int4' | 'int8';

const LIMITS = { int2: 32_767, int4: 2_147_483_647 } as const;

export function readInt64(source: Buffer, start: number): bigint {
  return source.readBigInt64BE(start);
}

/** Writes a whole number that a double holds exactly as an integer cell. */
export function writeInteger(kind: IntegerKind, value: number, out: Slab): CastRule | undefined {
  if (kind === 'int8') return writeSafeInt64(value, out);
  const limit = LIMITS[kind];
  if (value > limit || value < -limit - 1) return 'out-of-range';
  // Starting a cell may replace the buffer, so `out.bytes` is read afterwards.
  const offset = out.startCell(kind === 'int4' ? 4 : 2);
  if (kind === 'int4') out.bytes.writeInt32BE(value, offset);
  else out.bytes.writeInt16BE(value, offset);
  return undefined;
}

export function writeInt64(value: bigint, out: Slab): CastRule | undefined {
  if (value > MAX_INT64 || value < MIN_INT64) return 'out-of-range';
  const offset = out.startCell(8);
  out.bytes.writeBigInt64BE(value, offset);
  return undefined;
}

/** Writes an int64 from a double below 2^53 in size, without the cost of a bigint. */
export function writeSafeInt64(value: number, out: Slab): undefined {
  const high = Math.floor(value / TWO_32);
  const offset = out.startCell(8);
  out.bytes.writeInt32BE(high, offset);
  out.bytes.writeUInt32BE(value - high * TWO_32, offset + 4);
  return undefined;
}

/** Text of decimal digits with an optional sign, surrounded by white space or not. */
export function integerFromText(kind: IntegerKind): CellCast {
  return (source, start, length, out) => {
    const [from, to] = trimmed(source, start, length);
    let at = from;
    const first = source[at];
    const negative = first === 0x2d;
    if (negative || first === 0x2b) at++;
    if (at >= to) return 'not-a-number';
    if (to - at > SAFE_DIGITS) return longInteger(kind, source.toString('latin1', from, to), out);
    let value = 0;
    for (; at < to; at++) {
      const digit = source[at]! - 0x30;
      if (digit < 0 || digit > 9) return 'not-a-number';
      value = value * 10 + digit;
    }
    return writeInteger(kind, negative ? -value : value, out);
  };
}

function longInteger(kind: IntegerKind, text: string, out: Slab): CastRule | undefined {
  if (!/^[+-]?\d+$/.test(text)) return 'not-a-number';
  if (text.length > MAX_INT64_DIGITS) return 'out-of-range';
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  if (kind === 'int8') return writeInt64(value, out);
  const limit = BigInt(LIMITS[kind]);
  return value > limit || value < -limit - 1n ? 'out-of-range' : writeInteger(kind, Number(value), out);
}

/** Integer to integer, of any width. */
export function integerFromInteger(from: IntegerKind, to: IntegerKind): CellCast {
  if (from === 'int8') {
    if (to === 'int8') throw new Error('int8 to int8 is a copy, not a cast');
    return (source, start, _length, out) => {
      const high = source.readInt32BE(start);
      const low = source.readInt32BE(start + 4);
      // A value that fits 32 bits has nothing but the sign in its upper half.
      return high === low >> 31 ? writeInteger(to, low, out) : 'out-of-range';
    };
  }
  const read = from === 'int4' ? readInt32 : readInt16;
  return (source, start, _length, out) => writeInteger(to, read(source, start), out);
}

export function readInt32(source: Buffer, start: number): number {
  return source.readInt32BE(start);
}

export function readInt16(source: Buffer, start: number): number {
  return source.readInt16BE(start);
}
