import { type CellKind, cellText } from '@millrace/connector-sdk';
import type { Refusal } from './mapping-rule.js';

/**
 * The value of a cell while steps work on it, by the cell's kind:
 * - `text`, `json`, `jsonb`, `uuid` their text; `numeric` its decimal text, so that no digit is lost;
 * - `int2`, `int4`, `int8` a bigint; `float4`, `float8` a number; `boolean` itself; `bytes` the bytes;
 * - `date` days since 2000-01-01, or an infinity; `timestamp`, `timestamptz` microseconds since then as a bigint, with
 *   the smallest and the largest int64 for the infinities.
 */
export type CellValue = string | bigint | number | boolean | Buffer;

/** What a step makes of a value. */
export type Outcome = CellValue | null | Refusal;

export type CellReader = (source: Buffer, start: number, length: number) => CellValue;

const MIN_INT32 = -2_147_483_648;
const MAX_INT32 = 2_147_483_647;
export const MINUS_INFINITE_INSTANT = -(2n ** 63n);
export const INFINITE_INSTANT = 2n ** 63n - 1n;

const textOf =
  (kind: CellKind): CellReader =>
  (source, start, length) =>
    cellText(kind, source, start, length);

const instant: CellReader = (source, start) => source.readBigInt64BE(start);

const READERS: Partial<Record<CellKind, CellReader>> = {
  boolean: (source, start) => source[start] !== 0,
  int2: (source, start) => BigInt(source.readInt16BE(start)),
  int4: (source, start) => BigInt(source.readInt32BE(start)),
  int8: (source, start) => source.readBigInt64BE(start),
  float4: (source, start) => source.readFloatBE(start),
  float8: (source, start) => source.readDoubleBE(start),
  numeric: textOf('numeric'),
  text: (source, start, length) => source.toString('utf8', start, start + length),
  bytes: (source, start, length) => source.subarray(start, start + length),
  uuid: textOf('uuid'),
  date: (source, start) => {
    const days = source.readInt32BE(start);
    return days === MIN_INT32 ? -Infinity : days === MAX_INT32 ? Infinity : days;
  },
  timestamp: instant,
  timestamptz: instant,
  json: textOf('json'),
  jsonb: textOf('jsonb'),
};

/** Reads cells of a kind as values; undefined for kinds that pass as bytes only (times of day, intervals, native ones). */
export function readerOf(kind: CellKind): CellReader | undefined {
  return READERS[kind];
}

export function isInfiniteInstant(value: bigint): boolean {
  return value === INFINITE_INSTANT || value === MINUS_INFINITE_INSTANT;
}
