import { parseDuration } from '@millrace/kernel';

/** The fewest and the most days that a duration can last, since months and years differ in length. */
export interface DayBounds {
  readonly least: number;
  readonly most: number;
}

const SECONDS_A_DAY = 86_400;
/** The shortest and longest runs of 0 to 11 calendar months, in days. */
const LEAST_DAYS_OF_MONTHS = [0, 28, 59, 89, 120, 150, 181, 212, 242, 273, 303, 334];
const MOST_DAYS_OF_MONTHS = [0, 31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337];

/** Bounds of an ISO 8601 duration. `text` has passed the schema. */
export function dayBounds(text: string): DayBounds {
  const duration = parseDuration(text);
  if (!duration) throw new Error('dayBounds takes an ISO 8601 duration.');
  const months = duration.years * 12 + duration.months;
  const years = Math.floor(months / 12);
  const rest = months % 12;
  const fixed = duration.days + duration.seconds / SECONDS_A_DAY;
  const leapDays = { least: Math.floor(years / 4), most: Math.ceil(years / 4) };
  return {
    least: fixed + years * 365 + leapDays.least + LEAST_DAYS_OF_MONTHS[rest]!,
    most: fixed + years * 365 + leapDays.most + MOST_DAYS_OF_MONTHS[rest]!,
  };
}

/** Whether `a` lasts longer than `b` on every calendar. */
export function surelyLonger(a: string, b: string): boolean {
  return dayBounds(a).least > dayBounds(b).most;
}

/** Whether `a` lasts longer than `b` on some calendars only: 30 days against one month. */
export function sometimesLonger(a: string, b: string): boolean {
  const [first, second] = [dayBounds(a), dayBounds(b)];
  const same = first.least === second.least && first.most === second.most;
  return !same && first.most > second.least && !surelyLonger(a, b);
}

/** Whether `a` never ends before `b`. */
export function lastsAtLeast(a: string, b: string): boolean {
  const [first, second] = [dayBounds(a), dayBounds(b)];
  return first.least >= second.least && first.most >= second.most;
}
