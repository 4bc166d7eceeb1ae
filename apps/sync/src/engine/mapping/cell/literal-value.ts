import { CAST_RULES, castBetween, type CellKind, Slab } from '@millrace/connector-sdk';
import type { Literal } from '../../document/literal.js';
import { kindName } from './cast-kinds.js';
import { type CellValue, readerOf } from './cell-value.js';

export type LiteralResult =
  { readonly value: CellValue; readonly fault?: undefined } | { readonly value?: undefined; readonly fault: string };

const SCRATCH_BYTES = 1_024;
/** Decimal digits that survive the way through a double. */
const SAFE_DIGITS = 15;

/** The kind that a literal has by itself. */
export function kindOfLiteral(literal: Literal): CellKind {
  if (typeof literal === 'string') return 'text';
  if (typeof literal === 'boolean') return 'boolean';
  return Number.isInteger(literal) ? 'int8' : 'numeric';
}

/** What a literal of the document is as a value of `kind`. */
export function literalOf(literal: Literal, kind: CellKind): LiteralResult {
  if (typeof literal === 'number' && !isExact(literal))
    return { fault: 'A number with more than 15 digits must stand in quotes, or digits are lost.' };
  const text = String(literal);
  if (kind === 'text') return { value: text };
  const [convert, read] = [castBetween('text', kind), readerOf(kind)];
  if (!convert || !read) return { fault: `A literal cannot be of type ${kindName(kind)}.` };
  const source = Buffer.from(text);
  const out = new Slab(SCRATCH_BYTES);
  const rule = convert(source, 0, source.length, out);
  if (rule) return { fault: `This is no value of type ${kindName(kind)}. ${CAST_RULES[rule]}` };
  return { value: read(out.bytes, 4, out.end - 4) };
}

function isExact(literal: number): boolean {
  if (Number.isInteger(literal)) return Number.isSafeInteger(literal);
  const digits = String(literal)
    .replace(/e.*$/, '')
    .replaceAll(/[^0-9]/g, '')
    .replace(/^0+/, '');
  return digits.length <= SAFE_DIGITS;
}
