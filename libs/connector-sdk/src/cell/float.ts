import type { Slab } from '../batch/slab.js';
import type { CastRule, CellCast } from './cast-rule.js';
import { type IntegerKind, readInt16, readInt32, writeInteger } from './integer.js';
import { trimmed } from './trimmed.js';

export type FloatKind = 'float4' | 'float8';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL: Record<string, number> = {
  nan: NaN,
  inf: Infinity,
  '+inf': Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '+infinity': Infinity,
  '-infinity': -Infinity,
};
/** Powers of ten that a double holds exactly: digits below 2^53 divided by one of them round once, so correctly. */
const EXACT_POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const SAFE_DIGITS = 15;
const MAX_SAFE = Number.MAX_SAFE_INTEGER;

export function readFloat(kind: FloatKind, source: Buffer, start: number): number {
  return kind === 'float8' ? source.readDoubleBE(start) : source.readFloatBE(start);
}

export function writeFloat(kind: FloatKind, value: number, out: Slab): CastRule | undefined {
  if (kind === 'float8') {
    const offset = out.startCell(8);
    out.bytes.writeDoubleBE(value, offset);
    return undefined;
  }
  const single = Math.fround(value);
  if (Number.isFinite(value) && !Number.isFinite(single)) return 'out-of-range';
  if (value !== 0 && single === 0) return 'out-of-range';
  const offset = out.startCell(4);
  out.bytes.writeFloatBE(single, offset);
  return undefined;
}

/** Decimal text, with or without an exponent; also NaN and the infinities in PostgreSQL's spelling. */
export function floatFromText(kind: FloatKind): CellCast {
  return (source, start, length, out) => {
    const [from, to] = trimmed(source, start, length);
    const value = plainDecimal(source, from, to);
    return value === undefined
      ? anyDecimal(kind, source.toString('latin1', from, to), out)
      : writeFloat(kind, value, out);
  };
}

/** The common case: at most 15 digits with an optional sign and point; undefined when it is anything else. */
function plainDecimal(source: Buffer, from: number, to: number): number | undefined {
  let at = from;
  const negative = source[at] === 0x2d;
  if (negative) at++;
  if (to - at > SAFE_DIGITS + 1 || at >= to) return undefined;
  let digits = 0;
  let value = 0;
  let point = -1;
  for (; at < to; at++) {
    const byte = source[at]!;
    if (byte === 0x2e && point < 0) point = digits;
    else if (byte >= 0x30 && byte <= 0x39) {
      value = value * 10 + (byte - 0x30);
      digits++;
    } else return undefined;
  }
  if (digits === 0 || digits > SAFE_DIGITS) return undefined;
  if (point >= 0) value /= EXACT_POWERS[digits - point]!;
  return negative ? -value : value;
}

function anyDecimal(kind: FloatKind, text: string, out: Slab): CastRule | undefined {
  const special = SPECIAL[text.toLowerCase()];
  if (special !== undefined) return writeFloat(kind, special, out);
  if (!NUMBER.test(text)) return 'not-a-number';
  const value = Number(text);
  if (!Number.isFinite(value)) return 'out-of-range';
  // Digits that vanish below the smallest double are lost, not rounded.
  if (value === 0 && /[1-9]/.test(text.split(/[eE]/)[0]!)) return 'out-of-range';
  return writeFloat(kind, value, out);
}

export function floatFromInteger(from: IntegerKind, to: FloatKind): CellCast {
  if (from === 'int8') {
    return (source, start, _length, out) => {
      const exact = source.readBigInt64BE(start);
      const value = Number(exact);
      const kept = to === 'float8' ? value : Math.fround(value);
      return BigInt(kept) === exact ? writeFloat(to, kept, out) : 'not-exact';
    };
  }
  const read = from === 'int4' ? readInt32 : readInt16;
  return (source, start, _length, out) => {
    const value = read(source, start);
    return to === 'float4' && Math.fround(value) !== value ? 'not-exact' : writeFloat(to, value, out);
  };
}

export function floatFromFloat(from: FloatKind, to: FloatKind): CellCast {
  return (source, start, _length, out) => writeFloat(to, readFloat(from, source, start), out);
}

/** Only whole numbers: a fraction is not cut off silently. */
export function integerFromFloat(from: FloatKind, to: IntegerKind): CellCast {
  return (source, start, _length, out) => {
    const value = readFloat(from, source, start);
    if (!Number.isFinite(value)) return 'out-of-range';
    if (!Number.isInteger(value)) return 'not-exact';
    // Beyond 2^53 a double stands for several integers; which was meant is unknown.
    if (Math.abs(value) > MAX_SAFE) return to === 'int8' ? 'not-exact' : 'out-of-range';
    return writeInteger(to, value + 0, out);
  };
}
