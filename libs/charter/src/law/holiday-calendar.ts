/** 0 is Sunday, 6 is Saturday. */
export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/**
 * What happens to a holiday that falls on a weekend. `federal`: Saturday's is kept on Friday, Sunday's on Monday.
 * `monday`: Sunday's on Monday. `monday-or-friday`: like `federal`, but both days are off. `next-free`: the next weekday that
 * is no holiday itself, as English bank holidays.
 */
export type Observance = 'federal' | 'monday' | 'monday-or-friday' | 'next-free';

/** A rule that gives one day in each year. Months are 1 to 12; `nth` -1 is the last. */
export type HolidayRule = { readonly name: string; readonly since?: number; readonly until?: number } & (
  | { readonly month: number; readonly day: number; readonly observed?: Observance }
  | { readonly month: number; readonly weekday: Weekday; readonly nth: 1 | 2 | 3 | 4 | -1; readonly plus?: number }
  | { readonly easterPlus: number }
  | { readonly on: string }
);

/** Which days are no working days, as one source of law counts them. */
export interface HolidayCalendar {
  readonly title: string;
  readonly weekdaysOff: readonly Weekday[];
  readonly holidays: readonly HolidayRule[];
  readonly source: string;
}
