import { type CellKind, cellText } from '@millrace/connector-sdk';
import { type Decimal, decimalText } from '../mapping/decimal/decimal.js';
import type { RowCells } from './row-cells.js';

/** What a result holds: numbers, texts of groups and times, nothing where there is nothing to say. */
export type MeasuredValue = string | number | boolean | null;

/** A number as JSON has it where that is exact, otherwise its digits as text. */
export function exactNumber(value: Decimal): number | string {
  const text = withoutZeros(decimalText(value));
  const number = Number(text);
  return String(number) === text ? number : text;
}

function withoutZeros(text: string): string {
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return short === '-0' ? '0' : short;
}

/** The nearest double of an exact number. */
export function nearest(value: Decimal): number {
  return Number(decimalText(value));
}

const MICROSECONDS_PER_DAY = 86_400_000_000n;

/** A time as text, given in microseconds since 2000-01-01: ISO 8601, of an instant in UTC. */
export function timeShown(kind: CellKind, microseconds: bigint): string {
  const cell = Buffer.alloc(8);
  if (kind === 'date') cell.writeInt32BE(Number(microseconds / MICROSECONDS_PER_DAY));
  else cell.writeBigInt64BE(microseconds);
  return isoText(cellText(kind, cell, 0, cell.length));
}

function isoText(text: string): string {
  return text.replace(' ', 'T').replace(/\+00$/, 'Z');
}

/** Longest text by which records are grouped, in UTF-16 units; a longer one is no name of a group. */
export const MAX_GROUP_TEXT = 200;

type ShowCell = (bytes: Buffer, start: number, length: number) => MeasuredValue;

const asText =
  (kind: CellKind): ShowCell =>
  (bytes, start, length) =>
    cellText(kind, bytes, start, length);
const asTime =
  (kind: CellKind): ShowCell =>
  (bytes, start, length) =>
    isoText(cellText(kind, bytes, start, length));
const asNumber =
  (kind: CellKind): ShowCell =>
  (bytes, start, length) => {
    const text = withoutZeros(cellText(kind, bytes, start, length));
    return String(Number(text)) === text ? Number(text) : text;
  };

const SHOWN: Partial<Record<CellKind, ShowCell>> = {
  boolean: (bytes, start) => bytes[start] !== 0,
  int2: asNumber('int2'),
  int4: asNumber('int4'),
  int8: asNumber('int8'),
  numeric: asNumber('numeric'),
  text: asText('text'),
  date: asTime('date'),
  timestamp: asTime('timestamp'),
  timestamptz: asTime('timestamptz'),
};

/** Kinds by whose values records can be grouped. */
export const GROUPING_KINDS = Object.keys(SHOWN) as CellKind[];

/** Shows a cell of a group; null stays null. */
export function groupValue(cell: number, kind: CellKind): (row: RowCells) => MeasuredValue {
  const show = SHOWN[kind]!;
  return ({ bytes, starts, lengths }) => (lengths[cell]! < 0 ? null : show(bytes, starts[cell]!, lengths[cell]!));
}
