import type { Slab } from '../batch/slab.js';
import type { CastRule, CellCast } from './cast-rule.js';
import { trimmed } from './trimmed.js';

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/;
const NEGATIVE = 0x4000;
const SPECIAL: Record<string, number> = {
  nan: 0xc000,
  inf: 0xd000,
  '+inf': 0xd000,
  infinity: 0xd000,
  '+infinity': 0xd000,
  '-inf': 0xf000,
  '-infinity': 0xf000,
};
const SPECIAL_TEXT: Record<number, string> = { 0xc000: 'NaN', 0xd000: 'Infinity', 0xf000: '-Infinity' };
const GROUP = 4;
/** PostgreSQL's own limits: digits before and after the point. */
const MAX_WHOLE_DIGITS = 131_072;
const MAX_SCALE = 16_383;

/** Digits whose number, filled up to whole groups of four, a double holds exactly. */
const SHORT_DIGITS = 12;
const POWERS = [1, 10, 100, 1_000] as const;
const GROUP_BASE = 10_000;
/** Groups whose number a double holds exactly. */
const SHORT_GROUPS = 3;

/** A numeric cell as decimal text with all of its digits, in PostgreSQL's own form. */
export function numericText(source: Buffer, start: number): string {
  const groups = source.readUInt16BE(start);
  const weight = source.readInt16BE(start + 2);
  const sign = source.readUInt16BE(start + 4);
  const scale = source.readUInt16BE(start + 6);
  const special = SPECIAL_TEXT[sign];
  if (special) return special;
  if (weight >= -1 && weight < SHORT_GROUPS && scale <= SHORT_GROUPS * GROUP) {
    const whole = groupsValue(source, start, groups, 0, weight + 1);
    const behind = Math.ceil(scale / GROUP);
    const fraction = groupsValue(source, start, groups, weight + 1, behind);
    const shown =
      scale > 0
        ? `.${String(fraction)
            .padStart(behind * GROUP, '0')
            .slice(0, scale)}`
        : '';
    return (sign === NEGATIVE ? '-' : '') + whole + shown;
  }
  let digits = '';
  for (let index = 0; index < groups; index++) {
    digits += String(source.readUInt16BE(start + 8 + index * 2)).padStart(GROUP, '0');
  }
  const pointAt = (weight + 1) * GROUP;
  const padded = pointAt < 0 ? '0'.repeat(-pointAt) + digits : digits;
  const whole = (pointAt > 0 ? padded.slice(0, pointAt).padEnd(pointAt, '0') : '').replace(/^0+(?=.)/, '') || '0';
  const fraction = padded.slice(Math.max(pointAt, 0)).padEnd(scale, '0').slice(0, scale);
  return (sign === NEGATIVE ? '-' : '') + whole + (scale > 0 ? `.${fraction}` : '');
}

/** `count` groups from `first` on as one number; those that are not stored are zero. */
function groupsValue(source: Buffer, start: number, groups: number, first: number, count: number): number {
  let value = 0;
  for (let index = first; index < first + count; index++) {
    value = value * GROUP_BASE + (index < groups ? source.readUInt16BE(start + 8 + index * 2) : 0);
  }
  return value;
}

/** Decimal text, with or without an exponent, to a numeric cell. The scale is the number of digits after the point. */
export const numericFromText: CellCast = (source, start, length, out) => {
  const [from, to] = trimmed(source, start, length);
  if (to - from <= SHORT_DIGITS && writeShort(source, from, to, out)) return undefined;
  return writeNumeric(source.toString('latin1', from, to), out);
};

export function writeNumeric(text: string, out: Slab): CastRule | undefined {
  const special = SPECIAL[text.toLowerCase()];
  if (special !== undefined) return writeGroups([], 0, special, 0, out);
  const match = NUMBER.exec(text);
  if (!match || (!match[2] && !match[3])) return 'not-a-number';
  const [, sign, whole = '', fraction = '', exponentText] = match;
  const exponent = Number(exponentText ?? 0);
  const scale = Math.max(fraction.length - exponent, 0);
  if (scale > MAX_SCALE || whole.length + exponent > MAX_WHOLE_DIGITS) return 'out-of-range';
  const { groups, weight } = split(whole + fraction, whole.length + exponent);
  return writeGroups(groups, weight, sign === '-' && groups.length > 0 ? NEGATIVE : 0, scale, out);
}

/** Cuts digits whose point stands behind the first `pointAt` of them into groups of four, without outer zero groups. */
function split(digits: string, pointAt: number): { groups: number[]; weight: number } {
  const significant = digits.replace(/^0+/, '');
  if (significant === '') return { groups: [], weight: 0 };
  const point = pointAt - (digits.length - significant.length);
  const weight = Math.ceil(point / GROUP) - 1;
  const lead = (weight + 1) * GROUP - point;
  const aligned = '0'.repeat(lead) + significant.replace(/0+$/, '');
  const groups: number[] = [];
  for (let at = 0; at < aligned.length; at += GROUP)
    groups.push(Number(aligned.slice(at, at + GROUP).padEnd(GROUP, '0')));
  return { groups, weight };
}

function writeGroups(groups: readonly number[], weight: number, sign: number, scale: number, out: Slab): undefined {
  let offset = out.startCell(8 + groups.length * 2);
  const { bytes } = out;
  for (const part of [groups.length, weight & 0xffff, sign, scale, ...groups])
    offset = bytes.writeUInt16BE(part, offset);
  return undefined;
}

/**
 * Digits with a sign and a point or without, as nearly all numbers are, without a text in between. Gives false, and
 * writes nothing, for anything else.
 */
function writeShort(source: Buffer, from: number, to: number, out: Slab): boolean {
  const negative = source[from] === 0x2d;
  let value = 0;
  let point = -1;
  const first = negative ? from + 1 : from;
  for (let at = first; at < to; at++) {
    const digit = source[at]! - 0x30;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (source[at] === 0x2e && point < 0) point = at;
    else return false;
  }
  if (to - first - (point < 0 ? 0 : 1) < 1) return false;
  const scale = point < 0 ? 0 : to - point - 1;
  const missing = (GROUP - (scale % GROUP)) % GROUP;
  writeValue(value * POWERS[missing]!, (scale + missing) / GROUP, negative && value > 0 ? NEGATIVE : 0, scale, out);
  return true;
}

/** Writes a whole number whose last `fraction` groups stand behind the point. */
function writeValue(value: number, fraction: number, sign: number, scale: number, out: Slab): void {
  let trailing = 0;
  let kept = value;
  while (kept > 0 && kept % GROUP_BASE === 0) {
    kept /= GROUP_BASE;
    trailing++;
  }
  let groups = 0;
  for (let rest = kept; rest > 0; rest = Math.floor(rest / GROUP_BASE)) groups++;
  const offset = out.startCell(8 + groups * 2);
  const { bytes } = out;
  bytes.writeUInt16BE(groups, offset);
  bytes.writeInt16BE(groups === 0 ? 0 : groups + trailing - fraction - 1, offset + 2);
  bytes.writeUInt16BE(sign, offset + 4);
  bytes.writeUInt16BE(scale, offset + 6);
  for (let group = groups - 1, rest = kept; group >= 0; group--, rest = Math.floor(rest / GROUP_BASE)) {
    bytes.writeUInt16BE(rest % GROUP_BASE, offset + 8 + group * 2);
  }
}
