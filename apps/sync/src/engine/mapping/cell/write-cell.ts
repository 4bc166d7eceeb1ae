import {
  type CastRule,
  type CellKind,
  daysOf,
  type Slab,
  writeBoolean,
  writeFloat,
  writeInt64,
  writeInteger,
  writeNumeric,
} from '@millrace/connector-sdk';
import { type CellValue, isInfiniteInstant } from './cell-value.js';

/** Appends one whole cell, or gives a rule and leaves `out` as it was. */
export type CellWriter = (value: CellValue, out: Slab) => CastRule | undefined;

/** PostgreSQL's first day and its last ones of date and timestamp. */
const FIRST_DAY = daysOf(-4713, 11, 24);
const LAST_DATE = daysOf(5_874_897, 12, 31);
const DAY_MICROSECONDS = 86_400_000_000n;
const FIRST_INSTANT = BigInt(FIRST_DAY) * DAY_MICROSECONDS;
const LAST_INSTANT = BigInt(daysOf(294_277, 1, 1)) * DAY_MICROSECONDS - 1n;
const MIN_INT32 = -2_147_483_648;
const MAX_INT32 = 2_147_483_647;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

const writeText: CellWriter = (value, out) => void out.writeText(value as string);

const smallInteger =
  (kind: 'int2' | 'int4'): CellWriter =>
  (value, out) =>
    (value as bigint) > MAX_SAFE || (value as bigint) < -MAX_SAFE
      ? 'out-of-range'
      : writeInteger(kind, Number(value), out);

const writeInstant: CellWriter = (value, out) => {
  const instant = value as bigint;
  const inRange = (instant >= FIRST_INSTANT && instant <= LAST_INSTANT) || isInfiniteInstant(instant);
  return inRange ? writeInt64(instant, out) : 'out-of-range';
};

const WRITERS: Partial<Record<CellKind, CellWriter>> = {
  boolean: (value, out) => writeBoolean(value as boolean, out),
  int2: smallInteger('int2'),
  int4: smallInteger('int4'),
  int8: (value, out) => writeInt64(value as bigint, out),
  float4: (value, out) => writeFloat('float4', value as number, out),
  float8: (value, out) => writeFloat('float8', value as number, out),
  numeric: (value, out) => writeNumeric(value as string, out),
  text: writeText,
  json: writeText,
  jsonb: (value, out) => {
    const text = value as string;
    const offset = out.startCell(1 + Buffer.byteLength(text));
    out.bytes[offset] = 1;
    out.bytes.write(text, offset + 1);
    return undefined;
  },
  bytes: (value, out) => void out.writeCell(value as Buffer),
  uuid: (value, out) => {
    const offset = out.startCell(16);
    out.bytes.write((value as string).replaceAll('-', ''), offset, 'hex');
    return undefined;
  },
  date: (value, out) => {
    const days = value as number;
    if (Number.isFinite(days) && (days < FIRST_DAY || days > LAST_DATE)) return 'out-of-range';
    const offset = out.startCell(4);
    out.bytes.writeInt32BE(Math.min(Math.max(days, MIN_INT32), MAX_INT32), offset);
    return undefined;
  },
  timestamp: writeInstant,
  timestamptz: writeInstant,
};

/** Writes values as cells of a kind; there is one for each kind that `readerOf` reads. */
export function writerOf(kind: CellKind): CellWriter {
  const writer = WRITERS[kind];
  if (!writer) throw new Error(`Values cannot be written as cells of kind ${kind}`);
  return writer;
}
