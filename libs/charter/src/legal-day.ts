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
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
}
