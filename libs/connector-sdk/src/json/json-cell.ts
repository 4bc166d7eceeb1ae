import type { Slab } from '../batch/slab.js';
import { castBetween } from '../cell/cast.js';
import type { CastRule, CellCast } from '../cell/cast-rule.js';
import type { CellKind } from '../schema/cell-kind.js';
import { isString, NotJson, stringAt } from './scan.js';

/** Writes the JSON value `[from, to)`, which is not null, as one cell; or gives the rule that it breaks and writes nothing. */
export type JsonCell = (bytes: Buffer, from: number, to: number, out: Slab) => CastRule | undefined;

/** Kinds that a JSON value can become. */
export const JSON_CELL_KINDS = [
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
  'timestamp',
  'timestamptz',
  'json',
  'jsonb',
] as const satisfies readonly CellKind[];
export type JsonCellKind = (typeof JSON_CELL_KINDS)[number];

/**
 * How a JSON value becomes a cell of `kind`. Numbers are read from their digits, so none is lost. A string is taken for
 * its content, since many systems send long numbers and decimals as strings. As text, anything but a string stands as it
 * was written.
 */
export function jsonCell(kind: JsonCellKind): JsonCell {
  if (kind === 'text') return textCell;
  if (kind === 'bytes') return base64Cell;
  const cast = castBetween('text', kind)!;
  return kind === 'json' || kind === 'jsonb'
    ? verbatim(cast)
    : (bytes, from, to, out) => content(bytes, from, to, out, cast);
}

const textCell: JsonCell = (bytes, from, to, out) => {
  if (!isString(bytes, from)) out.writeCell(bytes.subarray(from, to));
  else if (hasEscape(bytes, from, to)) {
    const text = decoded(bytes, from, to);
    if (text === undefined) return 'not-json';
    out.writeText(text);
  } else copy(bytes, from + 1, to - 1, out);
  return undefined;
};

/** RFC 4648, with or without the URL-safe alphabet. */
const base64Cell: JsonCell = (bytes, from, to, out) => {
  if (!isString(bytes, from)) return 'out-of-range';
  const text = decoded(bytes, from, to) ?? '?';
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return 'out-of-range';
  out.writeCell(Buffer.from(text, 'base64'));
  return undefined;
};

/** JSON stays as it was written, whatever it is. */
function verbatim(cast: CellCast): JsonCell {
  return (bytes, from, to, out) => cast(bytes, from, to - from, out);
}

function content(bytes: Buffer, from: number, to: number, out: Slab, cast: CellCast): CastRule | undefined {
  if (!isString(bytes, from)) return cast(bytes, from, to - from, out);
  if (!hasEscape(bytes, from, to)) return cast(bytes, from + 1, to - from - 2, out);
  const text = decoded(bytes, from, to);
  return text === undefined ? 'not-json' : cast(Buffer.from(text), 0, Buffer.byteLength(text), out);
}

/** Undefined for a text that UTF-8 has no form for. */
function decoded(bytes: Buffer, from: number, to: number): string | undefined {
  try {
    return stringAt(bytes, from, to);
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

function hasEscape(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from + 1; at < to - 1; at++) if (bytes[at] === 0x5c) return true;
  return false;
}

function copy(bytes: Buffer, from: number, to: number, out: Slab): void {
  const offset = out.startCell(to - from);
  if (to - from > 48) bytes.copy(out.bytes, offset, from, to);
  else for (let at = 0; at < to - from; at++) out.bytes[offset + at] = bytes[from + at]!;
}
