import type { CellKind } from '../schema/cell-kind.js';
import { readFloat } from './float.js';
import { numericText } from './numeric.js';
import { uuidText } from './plain.js';
import { dateText, timestampText, timeText } from './temporal.js';

type CellText = (source: Buffer, start: number, length: number) => string;

const TEXT_OF: Partial<Record<CellKind, CellText>> = {
  boolean: (source, start) => (source[start] ? 'true' : 'false'),
  int2: (source, start) => String(source.readInt16BE(start)),
  int4: (source, start) => String(source.readInt32BE(start)),
  int8: (source, start) => String(source.readBigInt64BE(start)),
  float4: (source, start) => floatText(readFloat('float4', source, start)),
  float8: (source, start) => floatText(readFloat('float8', source, start)),
  numeric: numericText,
  text: (source, start, length) => source.toString('utf8', start, start + length),
  json: (source, start, length) => source.toString('utf8', start, start + length),
  jsonb: (source, start, length) => source.toString('utf8', start + 1, start + length),
  bytes: (source, start, length) => `\\x${source.toString('hex', start, start + length)}`,
  uuid: uuidText,
  date: dateText,
  time: timeText,
  timestamp: (source, start) => timestampText(source, start, false),
  timestamptz: (source, start) => timestampText(source, start, true),
};

/** JavaScript prints the shortest digits that give the same double back; only minus zero needs help. */
function floatText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Whether cells of this kind can be shown as text without asking their system. */
export function hasText(kind: CellKind): boolean {
  return TEXT_OF[kind] !== undefined;
}

/** The exact value of a cell that is not null, as text that reads back to the same value. Throws for kinds without text. */
export function cellText(kind: CellKind, source: Buffer, start: number, length: number): string {
  const text = TEXT_OF[kind];
  if (!text) throw new Error(`Cells of kind ${kind} have no text form of their own`);
  return text(source, start, length);
}
