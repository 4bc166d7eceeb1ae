import type { Weekday } from './holiday-calendar.js';

/** A legal date is a day of the calendar without a time: `YYYY-MM-DD`. As texts, dates compare in their order. */
const DAY_MS = 86_400_000;

/** Months are 1 to 12; a month or day beyond its end goes on into the next. */
export function dateOf(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}

export function plusDays(date: string, days: number): string {
  return new Date(utcOf(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The same day of a later month, or that month's last day where it has no such day. */
export function plusMonths(date: string, months: number): string {
  return monthsOn(date, months, 0);
}

/**
 * The last day of a period of months that begins with `date`: the day before the corresponding one, or the month's last day
 * where there is none.
 */
export function lastOfMonthsBeginningWith(date: string, months: number): string {
  return monthsOn(date, months, 1);
}

/** Days from one date to a later one; the dates of one day are 0 apart. */
export function daysBetween(from: string, to: string): number {
  return Math.round((utcOf(to) - utcOf(from)) / DAY_MS);
}

export function weekdayOf(date: string): Weekday {
  return new Date(utcOf(date)).getUTCDay() as Weekday;
}

export function yearOf(date: string): number {
  return Number(date.slice(0, 4));
}

function monthsOn(date: string, months: number, daysBefore: number): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const lastDay = Number(dateOf(year, month + months + 1, 0).slice(8));
  return dateOf(year, month + months, Math.min(day - daysBefore, lastDay));
}

function utcOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}
