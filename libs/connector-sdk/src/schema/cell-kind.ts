/**
 * How the bytes of a cell are laid out. Every kind has one encoding for all connectors, the one that PostgreSQL's
 * binary COPY documents (big-endian), so that a value passes from source to target without being decoded.
 *
 * - `boolean` one byte; `int2`, `int4`, `int8` two's complement; `float4`, `float8` IEEE 754.
 * - `numeric` four int16 (digits, weight, sign, scale), then base-10000 digits: no digit is ever lost.
 * - `text`, `json` UTF-8; `jsonb` a version byte 1, then UTF-8; `bytes` as they are; `uuid` 16 bytes.
 * - `date` int32 days, `timestamp` and `timestamptz` int64 microseconds, all since 2000-01-01 (UTC); the smallest and
 *   the largest integer mean minus and plus infinity. `time` int64 microseconds since midnight.
 * - `timetz`, `interval` as PostgreSQL lays them out.
 * - `native` is only understood by a field of the same source type (arrays, ranges, network addresses …).
 */
export const CELL_KINDS = [
  'boolean',
  'int2',
  'int4',
  'int8',
  'float4',
  'float8',
  'numeric',
  'text',
  'bytes',
  'uuid',
  'date',
  'time',
  'timetz',
  'timestamp',
  'timestamptz',
  'interval',
  'json',
  'jsonb',
  'native',
] as const;

export type CellKind = (typeof CELL_KINDS)[number];
