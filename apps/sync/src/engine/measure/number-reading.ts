import { type CellKind, cellText } from '@millrace/connector-sdk';
import { type Decimal, parseDecimal } from '../mapping/decimal/decimal.js';
import type { RowCells } from './row-cells.js';

/** The number of one cell, read into the same object each time so that a record costs no memory. */
export interface NumberReading {
  /** The number as a double. */
  approximate: number;
  /** With `power`, the exact number: `units` times 10,000 to that power; NaN for floats, whose double is exact. */
  units: number;
  power: number;
  /** The exact number where a double does not hold its units. */
  wide: Decimal | undefined;
}

/** Reads a number; false where there is none, or none that is finite. */
export type ReadNumber = (row: RowCells, into: NumberReading) => boolean;

type ReadCell = (bytes: Buffer, start: number, length: number, into: NumberReading) => boolean;

/** Powers of 10,000 that `units` may be given in; everything else is wide. */
export const LEAST_POWER = -3;
export const GREATEST_POWER = 2;

const POWERS = [1e-12, 1e-8, 1e-4, 1, 1e4, 1e8];
/** Upper half of an int64 below which the whole is a safe integer, whatever the lower half. */
const SAFE_HIGH = 2 ** 20;
/** Groups of four digits that a double holds exactly, together. */
const SHORT_GROUPS = 3;
const NEGATIVE = 0x4000;
const FIRST_SPECIAL = 0xc000;
const MIN_INT32 = -2_147_483_648;
const MAX_INT32 = 2_147_483_647;
const MICROSECONDS_PER_DAY = 86_400_000_000;

export function newReading(): NumberReading {
  return { approximate: 0, units: 0, power: 0, wide: undefined };
}

/** The exact value of a reading of a number that is no float. */
export function decimalOf({ units, power, wide }: NumberReading): Decimal {
  return wide ?? decimalOfUnits(BigInt(units), power);
}

export function decimalOfUnits(units: bigint, power: number): Decimal {
  return power >= 0 ? { units: units * 10n ** BigInt(4 * power), scale: 0 } : { units, scale: -4 * power };
}

function whole(value: number, into: NumberReading): true {
  into.approximate = value;
  into.units = value;
  into.power = 0;
  into.wide = undefined;
  return true;
}

function wide(value: Decimal, into: NumberReading): true {
  into.approximate = Number(value.units) / 10 ** value.scale;
  into.wide = value;
  return true;
}

function float(value: number, into: NumberReading): boolean {
  into.approximate = value;
  into.units = Number.NaN;
  into.wide = undefined;
  return Number.isFinite(value);
}

const readInt64: ReadCell = (bytes, start, _length, into) => {
  const high = bytes.readInt32BE(start);
  if (high < SAFE_HIGH && high >= -SAFE_HIGH) return whole(high * 4_294_967_296 + bytes.readUInt32BE(start + 4), into);
  return wide({ units: bytes.readBigInt64BE(start), scale: 0 }, into);
};

const readNumeric: ReadCell = (bytes, start, length, into) => {
  const sign = bytes.readUInt16BE(start + 4);
  if (sign >= FIRST_SPECIAL) return false;
  const groups = bytes.readUInt16BE(start);
  const power = bytes.readInt16BE(start + 2) - groups + 1;
  if (groups > SHORT_GROUPS || power < LEAST_POWER || power > GREATEST_POWER) {
    return wide(parseDecimal(cellText('numeric', bytes, start, length))!, into);
  }
  let units = 0;
  for (let at = start + 8; at < start + 8 + groups * 2; at += 2) units = units * 10_000 + bytes.readUInt16BE(at);
  into.units = sign === NEGATIVE ? -units : units;
  into.power = power;
  into.approximate = into.units * POWERS[power - LEAST_POWER]!;
  into.wide = undefined;
  return true;
};

/** An instant as microseconds since 2000-01-01. */
const readInstant: ReadCell = (bytes, start, length, into) => {
  const [high, low] = [bytes.readInt32BE(start), bytes.readUInt32BE(start + 4)];
  const isInfinite = (high === MAX_INT32 && low === 0xffff_ffff) || (high === MIN_INT32 && low === 0);
  return !isInfinite && readInt64(bytes, start, length, into);
};

/** A day as microseconds since 2000-01-01, so that days and instants are measured alike. */
const readDay: ReadCell = (bytes, start, _length, into) => {
  const days = bytes.readInt32BE(start);
  if (days === MIN_INT32 || days === MAX_INT32) return false;
  if (Math.abs(days) < 100_000) return whole(days * MICROSECONDS_PER_DAY, into);
  return wide({ units: BigInt(days) * BigInt(MICROSECONDS_PER_DAY), scale: 0 }, into);
};

const CELLS: Partial<Record<CellKind, ReadCell>> = {
  int2: (bytes, start, _length, into) => whole(bytes.readInt16BE(start), into),
  int4: (bytes, start, _length, into) => whole(bytes.readInt32BE(start), into),
  int8: readInt64,
  numeric: readNumeric,
  float4: (bytes, start, _length, into) => float(bytes.readFloatBE(start), into),
  float8: (bytes, start, _length, into) => float(bytes.readDoubleBE(start), into),
  timestamp: readInstant,
  timestamptz: readInstant,
  date: readDay,
};

/** Reads the cells of a column as numbers, times as microseconds. Throws for a kind that has no number. */
export function numberOf(cell: number, kind: CellKind): ReadNumber {
  const read = CELLS[kind];
  if (!read) throw new Error(`Cells of kind ${kind} are no numbers`);
  return (row, into) => row.lengths[cell]! >= 0 && read(row.bytes, row.starts[cell]!, row.lengths[cell]!, into);
}

/** The microseconds from one time to another. */
export function timeBetween(from: ReadNumber, to: ReadNumber): ReadNumber {
  const earlier = newReading();
  return (row, into) => {
    if (!from(row, earlier) || !to(row, into)) return false;
    if (!earlier.wide && !into.wide) {
      const difference = into.units - earlier.units;
      if (Number.isSafeInteger(difference)) return whole(difference, into);
    }
    return wide({ units: decimalOf(into).units - decimalOf(earlier).units, scale: 0 }, into);
  };
}
