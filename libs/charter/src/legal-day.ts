import { plusDays } from './law/legal-date.js';

const MINUTE_MS = 60_000;

/**
 * The first instant of a legal date in a time zone. Where the clocks jump over midnight, the first instant that the
 * day has. `date` is `YYYY-MM-DD`, `zone` an IANA name; both have passed the schema.
 */
export function startOfDay(date: string, zone: string): Date {
  const utc = Date.parse(`${date}T00:00:00Z`);
  const first = utc - offsetAt(utc, zone);
  const second = utc - offsetAt(first, zone);
  const earliest = Math.min(first, second);
  return new Date(dayAt(earliest, zone) === date ? earliest : Math.max(first, second));
}

/** The last millisecond of a legal date in a time zone. */
export function endOfDay(date: string, zone: string): Date {
  return new Date(startOfDay(plusDays(date, 1), zone).getTime() - 1);
}

/** The legal date that an instant falls on in a time zone. */
export function legalDayOf(instant: Date, zone: string): string {
  return dayAt(instant.getTime(), zone);
}

/** How far the zone is ahead of UTC at an instant, in milliseconds. */
function offsetAt(instant: number, zone: string): number {
  const parts = partsAt(instant, zone);
  const local = Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second);
  return Math.round((local - instant) / MINUTE_MS) * MINUTE_MS;
}

function dayAt(instant: number, zone: string): string {
  const { year, month, day } = partsAt(instant, zone);
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

function partsAt(instant: number, zone: string): Record<string, number> {
  return Object.fromEntries(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
}

/** Making a format costs far more than using it; the zones are those of the laws and of the charter. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  formats.set(zone, format);
  return format;
}
