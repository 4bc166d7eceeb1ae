const PATTERN = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** An ISO 8601 duration in its calendar parts: a month is a calendar month, not 30 days. */
export interface Duration {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly seconds: number;
}

/** Parses an ISO 8601 duration such as `P90D`, `P2Y` or `PT15M`; undefined when `text` is not one. */
export function parseDuration(text: string): Duration | undefined {
  const match = PATTERN.exec(text);
  if (!match || match.slice(1).every((part) => part === undefined) || text.endsWith('T')) return undefined;
  const [years, months, weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { years, months, days: weeks * 7 + days, seconds: hours * 3600 + minutes * 60 + seconds };
}

/**
 * `instant` plus (or minus, with `sign` -1) `duration`, in UTC. Adding months keeps the day of the month and
 * falls back to the month's last day where that day does not exist (31 January + P1M = 28 or 29 February).
 */
export function addDuration(instant: Date, duration: Duration | string, sign: 1 | -1 = 1): Date {
  const { years, months, days, seconds } = typeof duration === 'string' ? required(duration) : duration;
  const result = new Date(instant);
  const day = result.getUTCDate();
  result.setUTCDate(1);
  result.setUTCMonth(result.getUTCMonth() + sign * (years * 12 + months));
  const lastDay = new Date(Date.UTC(result.getUTCFullYear(), result.getUTCMonth() + 1, 0)).getUTCDate();
  result.setUTCDate(Math.min(day, lastDay));
  return new Date(result.getTime() + sign * (days * 86_400_000 + seconds * 1000));
}

function required(text: string): Duration {
  const duration = parseDuration(text);
  if (!duration) throw new Error(`"${text}" is not an ISO 8601 duration such as P90D`);
  return duration;
}
