import type { CellKind } from '../schema/cell-kind.js';
import type { CellCast } from './cast-rule.js';
import { cellText } from './cell-text.js';
import { floatFromFloat, floatFromInteger, floatFromText, type FloatKind, integerFromFloat } from './float.js';
import { type IntegerKind, integerFromInteger, integerFromText } from './integer.js';
import { numericFromText, writeNumeric } from './numeric.js';
import { booleanFromText, jsonFromJson, jsonFromText, uuidFromText, writeBoolean } from './plain.js';
import { dateFromText, dateFromTimestamp, timeFromText, timestampFromDate, timestampFromText } from './temporal.js';

const INTEGERS: readonly CellKind[] = ['int2', 'int4', 'int8'];
const FLOATS: readonly CellKind[] = ['float4', 'float8'];

const FROM_TEXT: Partial<Record<CellKind, CellCast>> = {
  boolean: booleanFromText,
  int2: integerFromText('int2'),
  int4: integerFromText('int4'),
  int8: integerFromText('int8'),
  float4: floatFromText('float4'),
  float8: floatFromText('float8'),
  numeric: numericFromText,
  uuid: uuidFromText,
  date: dateFromText,
  time: timeFromText,
  timestamp: timestampFromText(false),
  timestamptz: timestampFromText(true),
  json: jsonFromText('json'),
  jsonb: jsonFromText('jsonb'),
};

/**
 * The conversion between two different kinds of cell, or undefined when there is none. Conversions to text are missing
 * on purpose: the system that holds the value writes its text best (see `ProjectedField.as`).
 */
export function castBetween(from: CellKind, to: CellKind): CellCast | undefined {
  if (from === 'text') return FROM_TEXT[to];
  if (isInteger(from)) return fromInteger(from, to);
  if (isFloat(from)) return fromFloat(from, to);
  if (from === 'numeric') return fromNumeric(to);
  if (from === 'boolean' && isInteger(to)) return booleanToInteger(to);
  return betweenDates(from, to) ?? betweenJson(from, to);
}

function fromInteger(from: IntegerKind, to: CellKind): CellCast | undefined {
  if (isInteger(to)) return integerFromInteger(from, to);
  if (isFloat(to)) return floatFromInteger(from, to);
  if (to === 'numeric') return throughText(from, writeNumeric);
  if (to !== 'boolean') return undefined;
  return (source, start, length, out) => writeBoolean(source.subarray(start, start + length).some(Boolean), out);
}

function fromFloat(from: FloatKind, to: CellKind): CellCast | undefined {
  if (isFloat(to)) return floatFromFloat(from, to);
  if (isInteger(to)) return integerFromFloat(from, to);
  return to === 'numeric' ? throughText(from, writeNumeric) : undefined;
}

function fromNumeric(to: CellKind): CellCast | undefined {
  if (isInteger(to)) {
    const parse = integerFromText(to);
    return throughText('numeric', (text, out) => {
      const whole = text.replace(/\.0*$/, '');
      if (whole.includes('.')) return 'not-exact';
      const bytes = Buffer.from(whole, 'latin1');
      return parse(bytes, 0, bytes.length, out) === undefined ? undefined : 'out-of-range';
    });
  }
  if (!isFloat(to)) return undefined;
  const parse = floatFromText(to);
  return throughText('numeric', (text, out) => {
    const bytes = Buffer.from(text, 'latin1');
    return parse(bytes, 0, bytes.length, out);
  });
}

function throughText(
  from: CellKind,
  write: (text: string, out: Parameters<CellCast>[3]) => ReturnType<CellCast>,
): CellCast {
  return (source, start, length, out) => write(cellText(from, source, start, length), out);
}

function booleanToInteger(to: IntegerKind): CellCast {
  const text = integerFromText(to);
  const digits = [Buffer.from('0'), Buffer.from('1')];
  return (source, start, _length, out) => text(digits[source[start] ? 1 : 0]!, 0, 1, out);
}

function betweenDates(from: CellKind, to: CellKind): CellCast | undefined {
  if (from === 'date' && isTimestamp(to)) return timestampFromDate;
  if (isTimestamp(from) && to === 'date') return dateFromTimestamp;
  if (isTimestamp(from) && isTimestamp(to)) {
    // Both count from the same instant: a timestamp without a zone is taken as UTC.
    return (source, start, length, out) => {
      const offset = out.startCell(length);
      source.copy(out.bytes, offset, start, start + length);
      return undefined;
    };
  }
  return undefined;
}

function betweenJson(from: CellKind, to: CellKind): CellCast | undefined {
  return isJson(from) && isJson(to) ? jsonFromJson(from, to) : undefined;
}

function isInteger(kind: CellKind): kind is IntegerKind {
  return INTEGERS.includes(kind);
}

function isFloat(kind: CellKind): kind is FloatKind {
  return FLOATS.includes(kind);
}

function isTimestamp(kind: CellKind): boolean {
  return kind === 'timestamp' || kind === 'timestamptz';
}

function isJson(kind: CellKind): kind is 'json' | 'jsonb' {
  return kind === 'json' || kind === 'jsonb';
}
