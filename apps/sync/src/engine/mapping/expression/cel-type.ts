import type { CellKind } from '@millrace/connector-sdk';
import { type CellValue, isInfiniteInstant, type Outcome } from '../cell/cell-value.js';
import { Refusal } from '../cell/mapping-rule.js';
import { decimalText, parseDecimal } from '../decimal/decimal.js';
import { CelDecimal } from './cel-decimal.js';

/** Days and microseconds count from 2000-01-01, an instant of the language from 1970-01-01. In milliseconds. */
const EPOCH_MS = 946_684_800_000;
const DAY_MS = 86_400_000;
const MICRO = 1_000n;
/** The range of the language's instants around 1970. */
const MAX_MS = 8_640_000_000_000_000n;

const TIMESTAMP = 'google.protobuf.Timestamp';

/** How a kind of cell appears in expressions. */
interface FieldType {
  readonly type: string;
  /** Undefined when the value has no counterpart (infinities, NaN among exact numbers). */
  readonly take: (value: CellValue) => unknown;
}

const asIs = (type: string): FieldType => ({ type, take: (value) => value });
const json: FieldType = {
  type: 'dyn',
  take: (value) => {
    try {
      return JSON.parse(value as string);
    } catch {
      return undefined;
    }
  },
};
const instant: FieldType = {
  type: TIMESTAMP,
  take: (value) => {
    if (isInfiniteInstant(value as bigint)) return undefined;
    // Towards the past, so that an instant never moves into the next millisecond.
    const micros = value as bigint;
    const ms = (micros - (((micros % MICRO) + MICRO) % MICRO)) / MICRO + BigInt(EPOCH_MS);
    return ms > MAX_MS || ms < -MAX_MS ? undefined : new Date(Number(ms));
  },
};

const FIELD_TYPES: Partial<Record<CellKind, FieldType>> = {
  boolean: asIs('bool'),
  int2: asIs('int'),
  int4: asIs('int'),
  int8: asIs('int'),
  float4: asIs('double'),
  float8: asIs('double'),
  numeric: {
    type: 'decimal',
    take: (value) => {
      const decimal = parseDecimal(value as string);
      return decimal && new CelDecimal(decimal);
    },
  },
  text: asIs('string'),
  uuid: asIs('string'),
  bytes: asIs('bytes'),
  date: {
    type: TIMESTAMP,
    take: (value) => {
      const ms = (value as number) * DAY_MS + EPOCH_MS;
      return Math.abs(ms) > Number(MAX_MS) ? undefined : new Date(ms);
    },
  },
  timestamp: instant,
  timestamptz: instant,
  json,
  jsonb: json,
};

/** The type of a field of that kind in expressions; undefined where there is none. */
export function fieldType(kind: CellKind): FieldType | undefined {
  return FIELD_TYPES[kind];
}

/** What an expression of a type gives as a cell. */
export interface ResultType {
  readonly kind: CellKind;
  readonly give: (result: unknown) => Outcome;
}

const FAILED = Refusal.of('expression-failed');
const checked =
  (is: (result: unknown) => boolean) =>
  (result: unknown): Outcome =>
    is(result) ? (result as CellValue) : FAILED;

const RESULT_TYPES: Readonly<Record<string, ResultType>> = {
  bool: { kind: 'boolean', give: checked((result) => typeof result === 'boolean') },
  int: { kind: 'int8', give: checked((result) => typeof result === 'bigint') },
  double: { kind: 'float8', give: checked((result) => typeof result === 'number') },
  string: { kind: 'text', give: checked((result) => typeof result === 'string') },
  bytes: {
    kind: 'bytes',
    give: (result) =>
      result instanceof Uint8Array ? Buffer.from(result.buffer, result.byteOffset, result.length) : FAILED,
  },
  decimal: { kind: 'numeric', give: (result) => (result instanceof CelDecimal ? decimalText(result.value) : FAILED) },
  [TIMESTAMP]: {
    kind: 'timestamptz',
    give: (result) => {
      const ms = result instanceof Date ? result.getTime() : NaN;
      return Number.isNaN(ms) ? FAILED : (BigInt(ms) - BigInt(EPOCH_MS)) * MICRO;
    },
  },
};

/** What comes out of an expression of that type; undefined for types that no cell has. */
export function resultType(type: string): ResultType | undefined {
  return RESULT_TYPES[type];
}
