import { type CellKind, dayAt, daysOf, isCalendarDay } from '@millrace/connector-sdk';
import type { StepSettings } from '../../document/field-step.js';
import { type CellValue, isInfiniteInstant, type Outcome } from '../cell/cell-value.js';
import { Refusal } from '../cell/mapping-rule.js';
import type { LocalTime } from '../date/date-part.js';
import { dateFormatter, type DatePattern, datePattern, dateParser } from '../date/date-pattern.js';
import { instantOf, zoneClock, type ZoneClock } from '../date/zone-clock.js';
import { type StepDefinition, type StepFault, type StepPlan, TEXT } from './step-plan.js';

const DAY_SECONDS = 86_400;
const MICRO = 1_000_000n;
/** A pattern's year has four digits. */
const MAX_YEAR = 9_999;
const UTC = zoneClock('UTC')!;
const NO_ZONE: StepFault = {
  path: ['zone'],
  fault: 'There is no such time zone. Use UTC, an offset such as +02:00, or a name such as Europe/Berlin.',
};

export const parseDate: StepDefinition<StepSettings['parseDate']> = {
  takes: TEXT,
  plan: (settings) => {
    const known = datePattern(settings.pattern);
    if ('fault' in known) return { path: ['pattern'], fault: known.fault };
    const { pattern } = known;
    const parser = dateParser(pattern);
    if ('fault' in parser) return { path: ['pattern'], fault: parser.fault };
    if (!pattern.namesDay)
      return { path: ['pattern'], fault: 'The pattern must name the year, and the month before the day.' };
    const clock = settings.zone === undefined ? undefined : zoneClock(settings.zone);
    if (settings.zone !== undefined && !clock) return NO_ZONE;
    if (clock && !pattern.hasTime)
      return { path: ['zone'], fault: 'A date without a time of day has no zone. Leave it out.' };
    if (clock && pattern.hasOffset)
      return { path: ['zone'], fault: 'The pattern itself has an offset. Leave the zone out.' };
    const kind = !pattern.hasTime ? 'date' : clock || pattern.hasOffset ? 'timestamptz' : 'timestamp';
    const change = { gap: settings.gap ?? 'reject', overlap: settings.overlap ?? 'reject' } as const;
    const finish = kind === 'date' ? dayOf : (time: LocalTime) => microsecondsOf(time, clock ?? UTC, change);
    return { kind, bind: () => (value) => valueOf(parser.parse(value as string), finish) };
  },
};

function valueOf(time: LocalTime | undefined, finish: (time: LocalTime) => Outcome): Outcome {
  if (!time) return Refusal.of('not-the-pattern');
  const { year, month, day, hour, minute, second } = time;
  const exists = year > 0 && isCalendarDay(year, month, day) && hour < 24 && minute < 60 && second < 60;
  return exists ? finish(time) : Refusal.of('not-a-day');
}

function dayOf({ year, month, day }: LocalTime): number {
  return daysOf(year, month, day);
}

function microsecondsOf(
  time: LocalTime,
  clock: ZoneClock,
  change: { readonly gap: 'reject' | 'shift'; readonly overlap: 'reject' | 'earlier' | 'later' },
): Outcome {
  const local = dayOf(time) * DAY_SECONDS + time.hour * 3_600 + time.minute * 60 + time.second - time.offset;
  const seconds = instantOf(clock, local, change);
  return seconds instanceof Refusal ? seconds : BigInt(seconds) * MICRO + BigInt(time.microsecond);
}

export const formatDate: StepDefinition<StepSettings['formatDate']> = {
  takes: ['date', 'timestamp', 'timestamptz'],
  hint: 'Put "parseDate" or a cast before it.',
  plan: ({ pattern: text, zone }, kind) => {
    const known = datePattern(text);
    if ('fault' in known) return { path: ['pattern'], fault: known.fault };
    const fault = unfit(known.pattern, zone, kind);
    if (fault) return fault;
    const clock = zone === undefined ? UTC : zoneClock(zone);
    return clock ? formatStep(known.pattern, kind, clock) : NO_ZONE;
  },
};

function unfit(pattern: DatePattern, zone: string | undefined, kind: CellKind): StepFault | undefined {
  if (kind === 'timestamptz')
    return zone === undefined
      ? { fault: 'An instant has no date of its own. Add the "zone" in which it is written.' }
      : undefined;
  if (zone !== undefined)
    return { path: ['zone'], fault: 'This value belongs to no zone. Leave it out, or cast to timestamptz before.' };
  if (kind === 'date' && pattern.hasTime) return { path: ['pattern'], fault: 'A date has no time of day.' };
  return pattern.hasOffset ? { path: ['pattern'], fault: 'This value has no offset from UTC.' } : undefined;
}

function formatStep(pattern: DatePattern, kind: CellKind, clock: ZoneClock): StepPlan {
  const format = dateFormatter(pattern);
  const timeOf = kind === 'date' ? dateTime : (value: CellValue) => instantTime(value as bigint, clock);
  return {
    kind: 'text',
    bind: () => (value) => {
      if (isInfinite(value)) return Refusal.of('not-finite');
      const time = timeOf(value);
      return time ? format(time) : Refusal.of('out-of-range');
    },
  };
}

function isInfinite(value: CellValue): boolean {
  return typeof value === 'bigint' ? isInfiniteInstant(value) : !Number.isFinite(value);
}

function dateTime(value: CellValue): LocalTime | undefined {
  const { year, month, day } = dayAt(value as number);
  if (year < 1 || year > MAX_YEAR) return undefined;
  return { year, month, day, hour: 0, minute: 0, second: 0, microsecond: 0, offset: 0 };
}

/** What the clock shows at an instant; undefined outside of the years that a pattern can write. */
function instantTime(value: bigint, clock: ZoneClock): LocalTime | undefined {
  const microsecond = Number(((value % MICRO) + MICRO) % MICRO);
  const seconds = Number((value - BigInt(microsecond)) / MICRO);
  // The year in UTC is near enough to keep what no clock knows away from it.
  if (Math.abs(dayAt(Math.floor(seconds / DAY_SECONDS)).year) > MAX_YEAR + 1) return undefined;
  const offset = clock.offsetAt(seconds);
  const local = seconds + offset;
  const time = dateTime(Math.floor(local / DAY_SECONDS));
  if (!time) return undefined;
  const second = local - Math.floor(local / DAY_SECONDS) * DAY_SECONDS;
  return {
    ...time,
    hour: Math.floor(second / 3_600),
    minute: Math.floor(second / 60) % 60,
    second: second % 60,
    microsecond,
    offset,
  };
}

/** The first day of the period in which a date lies; an instant is taken in UTC. Infinities stay. */
export function periodStep(period: 'year' | 'quarter' | 'month', kind: CellKind): StepPlan | StepFault {
  if (kind !== 'date' && kind !== 'timestamp' && kind !== 'timestamptz')
    return { fault: 'A period is for dates and instants. Put "parseDate" or a cast before it.' };
  const first = (days: number) => {
    const { year, month } = dayAt(days);
    return daysOf(year, period === 'year' ? 1 : period === 'month' ? month : month - ((month - 1) % 3), 1);
  };
  const ofDate = (value: CellValue) => (Number.isFinite(value) ? first(value as number) : value);
  const ofInstant = (value: CellValue) => {
    if (isInfiniteInstant(value as bigint)) return value;
    const seconds = Number(((value as bigint) - ((((value as bigint) % MICRO) + MICRO) % MICRO)) / MICRO);
    return BigInt(first(Math.floor(seconds / DAY_SECONDS))) * BigInt(DAY_SECONDS) * MICRO;
  };
  return { kind, hides: true, bind: () => (kind === 'date' ? ofDate : ofInstant) };
}
