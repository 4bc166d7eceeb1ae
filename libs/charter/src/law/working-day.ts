import { dateOf, plusDays, weekdayOf, yearOf } from './legal-date.js';
import type { HolidayCalendar, HolidayRule } from './holiday-calendar.js';
import { type CalendarId, holidayCalendars } from './holiday-calendars.js';

/** A calendar's days off change with the year only, and are asked for again and again. */
const known = new Map<string, ReadonlySet<string>>();

/** Whether a legal date is a working day of a calendar. */
export function isWorkingDay(date: string, id: CalendarId): boolean {
  const calendar: HolidayCalendar = holidayCalendars[id];
  return !calendar.weekdaysOff.includes(weekdayOf(date)) && !daysOff(id, yearOf(date)).has(date);
}

/** `date`, or the next working day when it is none. */
export function orNextWorkingDay(date: string, id: CalendarId): string {
  let day = date;
  while (!isWorkingDay(day, id)) day = plusDays(day, 1);
  return day;
}

/** The `count`th working day, where `from` is the first if it is one. */
export function nthWorkingDay(from: string, count: number, id: CalendarId): string {
  let day = orNextWorkingDay(from, id);
  for (let passed = 1; passed < count; passed += 1) day = orNextWorkingDay(plusDays(day, 1), id);
  return day;
}

/** The holidays of a year, with those of its neighbours that are kept in it: New Year's Day can be kept on 31 December. */
function daysOff(id: CalendarId, year: number): ReadonlySet<string> {
  const key = `${id} ${year}`;
  const days = known.get(key) ?? new Set([year - 1, year, year + 1].flatMap((one) => holidaysOf(id, one)));
  known.set(key, days);
  return days;
}

/** The days on which the holidays of a year are kept; where a substitute is given, the day itself too. */
export function holidaysOf(id: CalendarId, year: number): string[] {
  const calendar: HolidayCalendar = holidayCalendars[id];
  const rules = calendar.holidays.filter(({ since = year, until = year }) => since <= year && year <= until);
  const named = rules.flatMap((rule) => dayOf(rule, year).map((date) => ({ date, rule })));
  const taken = new Set(named.map(({ date }) => date));
  for (const { date, rule } of named) for (const day of substitutes(date, rule, taken)) taken.add(day);
  return [...taken].sort();
}

/** None when a rule names a day of another year. */
function dayOf(rule: HolidayRule, year: number): string[] {
  if ('on' in rule) return yearOf(rule.on) === year ? [rule.on] : [];
  if ('easterPlus' in rule) return [plusDays(easterOf(year), rule.easterPlus)];
  if ('day' in rule) return [dateOf(year, rule.month, rule.day)];
  const { month, weekday, nth, plus = 0 } = rule;
  const first = dateOf(year, nth === -1 ? month + 1 : month, 1);
  const untilFirst = (weekday - weekdayOf(first) + 7) % 7;
  return [plusDays(first, untilFirst + (nth === -1 ? -7 : (nth - 1) * 7) + plus)];
}

/** The days that are off instead of a holiday on a weekend. */
function substitutes(date: string, rule: HolidayRule, taken: ReadonlySet<string>): string[] {
  const observed = 'observed' in rule ? rule.observed : undefined;
  const weekday = weekdayOf(date);
  if (!observed || (weekday !== 0 && weekday !== 6)) return [];
  if (observed === 'next-free') return [nextFree(date, taken)];
  if (weekday === 0) return [plusDays(date, 1)];
  return observed === 'monday' ? [] : [plusDays(date, -1)];
}

function nextFree(date: string, taken: ReadonlySet<string>): string {
  let day = plusDays(date, 1);
  while (taken.has(day) || [0, 6].includes(weekdayOf(day))) day = plusDays(day, 1);
  return day;
}

/** Easter Sunday of the Gregorian calendar, by the method of Meeus, Jones and Butcher. */
export function easterOf(year: number): string {
  const [golden, century, rest] = [year % 19, Math.floor(year / 100), year % 100];
  const moonShift = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - Math.floor(century / 4) - moonShift + 15) % 30;
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor(rest / 4) - epact - (rest % 4)) % 7;
  const late = Math.floor((golden + 11 * epact + 22 * toSunday) / 451);
  const marchDays = epact + toSunday - 7 * late + 114;
  return dateOf(year, Math.floor(marchDays / 31), (marchDays % 31) + 1);
}
