import type { Slab } from '../batch/slab.js';
import { daysOf, dayAt, isCalendarDay } from './calendar.js';
import type { CastRule, CellCast } from './cast-rule.js';
import { writeInt64, writeSafeInt64 } from './integer.js';
import { trimmed } from './trimmed.js';

const DAY_MICROSECONDS = 86_400_000_000;
const MIN_INT32 = -2_147_483_648;
const MAX_INT32 = 2_147_483_647;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
/** PostgreSQL's first day of date and timestamp (24 November 4714 BC) and the last years of both. */
const FIRST_DAY = daysOf(-4713, 11, 24);
const LAST_DATE_YEAR = 5_874_897;
const LAST_TIMESTAMP_DAY = daysOf(294_276, 12, 31);

const DATE = String.raw`(\d{4,7})-(\d\d)-(\d\d)`;
const TIME = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,30}))?)?`;
const ZONE = String.raw`(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?`;
const DATE_TEXT = new RegExp(`^${DATE}( BC)?$`, 'i');
const TIME_TEXT = new RegExp(`^${TIME}$`);
const INSTANT_TEXT = new RegExp(`^${DATE}(?:[T ]${TIME} ?${ZONE})?( BC)?$`, 'i');
const INFINITY = /^([+-]?)infinity$/i;

export const dateFromText: CellCast = (source, start, length, out) => {
  const [from, to] = trimmed(source, start, length);
  const plain = to - from === PLAIN_DATE ? plainDay(source, from) : undefined;
  if (plain !== undefined) return writeInt32(plain, out);
  const text = source.toString('latin1', from, to);
  const infinity = INFINITY.exec(text);
  if (infinity) return writeInt32(infinity[1] === '-' ? MIN_INT32 : MAX_INT32, out);
  const match = DATE_TEXT.exec(text);
  const days = match && dayOf(match[1]!, match[2]!, match[3]!, match[4]);
  if (days === null || days === undefined) return 'not-a-date';
  return days < FIRST_DAY || Number(match![1]) > LAST_DATE_YEAR ? 'out-of-range' : writeInt32(days, out);
};

/** ISO 8601 text, also with a blank for the T. `zoned` asks for a time zone, otherwise there must be none. */
export function timestampFromText(zoned: boolean): CellCast {
  return (source, start, length, out) => {
    const [from, to] = trimmed(source, start, length);
    const text = source.toString('latin1', from, to);
    const infinity = INFINITY.exec(text);
    if (infinity) return writeInt64(infinity[1] === '-' ? MIN_INT64 : MAX_INT64, out);
    const match = INSTANT_TEXT.exec(text);
    const days = match && dayOf(match[1]!, match[2]!, match[3]!, match[9]);
    const time = match && timeOf(match[4] ?? '00', match[5] ?? '00', match[6], match[7]);
    if (days === null || days === undefined || time === null || time === undefined) return 'not-a-timestamp';
    const zone = match![8];
    if (zoned && !zone) return 'no-time-zone';
    if (!zoned && zone) return 'unexpected-time-zone';
    const offset = zone ? zoneOffset(zone) : 0;
    return offset === undefined ? 'not-a-timestamp' : writeMicroseconds(days, time - offset, out);
  };
}

export const timeFromText: CellCast = (source, start, length, out) => {
  const [from, to] = trimmed(source, start, length);
  const match = TIME_TEXT.exec(source.toString('latin1', from, to));
  const time = match && timeOf(match[1]!, match[2]!, match[3], match[4]);
  return time === null || time === undefined ? 'not-a-time' : writeSafeInt64(time, out);
};

/** Date to timestamp: midnight (of UTC, where the target has a zone). */
export const timestampFromDate: CellCast = (source, start, _length, out) => {
  const days = source.readInt32BE(start);
  if (days === MIN_INT32 || days === MAX_INT32) return writeInt64(days === MIN_INT32 ? MIN_INT64 : MAX_INT64, out);
  return writeMicroseconds(days, 0, out);
};

/** Timestamp to the day in which it lies (in UTC, where the source has a zone). */
export const dateFromTimestamp: CellCast = (source, start, _length, out) => {
  const value = source.readBigInt64BE(start);
  if (value === MIN_INT64 || value === MAX_INT64) return writeInt32(value === MIN_INT64 ? MIN_INT32 : MAX_INT32, out);
  return writeInt32(splitMicroseconds(value).days, out);
};

export function dateText(source: Buffer, start: number): string {
  const days = source.readInt32BE(start);
  if (days === MIN_INT32 || days === MAX_INT32) return days === MIN_INT32 ? '-infinity' : 'infinity';
  const { text, era } = dayText(days);
  return text + era;
}

export function timestampText(source: Buffer, start: number, zoned: boolean): string {
  const value = source.readBigInt64BE(start);
  if (value === MIN_INT64 || value === MAX_INT64) return value === MIN_INT64 ? '-infinity' : 'infinity';
  const { days, time } = splitMicroseconds(value);
  const { text, era } = dayText(days);
  return `${text} ${clockText(time)}${zoned ? '+00' : ''}${era}`;
}

export function timeText(source: Buffer, start: number): string {
  return clockText(Number(source.readBigInt64BE(start)));
}

function splitMicroseconds(value: bigint): { days: number; time: number } {
  const day = BigInt(DAY_MICROSECONDS);
  const time = ((value % day) + day) % day;
  return { days: Number((value - time) / day), time: Number(time) };
}

function dayOf(yearText: string, monthText: string, dayText: string, era: string | undefined): number | undefined {
  const year = era ? 1 - Number(yearText) : Number(yearText);
  const [month, day] = [Number(monthText), Number(dayText)];
  const named = Number(yearText) > 0 && isCalendarDay(year, month, day);
  return named ? daysOf(year, month, day) : undefined;
}

/** Microseconds since midnight; digits behind the sixth are rounded. Undefined when it is no time of day. */
function timeOf(hours: string, minutes: string, seconds = '00', fraction = ''): number | undefined {
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  const micros = Math.round(Number(`0.${fraction || '0'}`) * 1e6);
  const time = ((hour * 60 + minute) * 60 + second) * 1e6 + micros;
  return minute > 59 || second > 59 || time > DAY_MICROSECONDS ? undefined : time;
}

/** Length of a date like 2026-01-31, as nearly all are. */
const PLAIN_DATE = 10;

/** The day of such a date of our era, told from its bytes; undefined for anything else. */
function plainDay(source: Buffer, from: number): number | undefined {
  if (source[from + 4] !== 0x2d || source[from + 7] !== 0x2d) return undefined;
  const year = digits(source, from, 4);
  const month = digits(source, from + 5, 2);
  const day = digits(source, from + 8, 2);
  return year > 0 && month > 0 && day > 0 && isCalendarDay(year, month, day) ? daysOf(year, month, day) : undefined;
}

/** A number of exactly `count` digits; -1 when it is none. */
function digits(source: Buffer, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const digit = source[at]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function zoneOffset(zone: string): number | undefined {
  if (zone.toUpperCase() === 'Z') return 0;
  const digits = zone.slice(1).replaceAll(':', '');
  const [hour, minute, second] = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6)].map(Number) as [
    number,
    number,
    number,
  ];
  if (hour > 15 || minute > 59 || second > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * ((hour * 60 + minute) * 60 + second) * 1e6;
}

function writeInt32(value: number, out: Slab): undefined {
  const offset = out.startCell(4);
  out.bytes.writeInt32BE(value, offset);
  return undefined;
}

function writeMicroseconds(days: number, time: number, out: Slab): CastRule | undefined {
  if (days < FIRST_DAY || days > LAST_TIMESTAMP_DAY) return 'out-of-range';
  const value = days * DAY_MICROSECONDS + time;
  if (Number.isSafeInteger(value)) return writeSafeInt64(value, out);
  return writeInt64(BigInt(days) * BigInt(DAY_MICROSECONDS) + BigInt(time), out);
}

function dayText(days: number): { text: string; era: string } {
  const { year, month, day } = dayAt(days);
  const shown = year > 0 ? year : 1 - year;
  return { text: `${pad(shown, 4)}-${pad(month, 2)}-${pad(day, 2)}`, era: year > 0 ? '' : ' BC' };
}

function clockText(time: number): string {
  const seconds = Math.floor(time / 1e6);
  const fraction = time % 1e6;
  const clock = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  return fraction === 0 ? clock : `${clock}.${pad(fraction, 6).replace(/0+$/, '')}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
