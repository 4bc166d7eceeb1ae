import type { HolidayCalendar } from './holiday-calendar.js';

/** The day on which the calendars were last read against their sources. */
export const CALENDARS_AS_OF = '2026-11-27';

/** Holiday calendars as data. They hold for days from 2023 on, which no open case goes back beyond. */
export const holidayCalendars = {
  ireland: {
    title: 'public holidays in Ireland',
    weekdaysOff: [0, 6],
    holidays: [
      { name: "New Year's Day", month: 1, day: 1 },
      // The first Monday of February, unless 1 February is a Friday, which then is the holiday.
      { name: "St Brigid's Day", month: 2, weekday: 1, nth: 1, until: 2029 },
      { name: "St Brigid's Day", on: '2030-02-01' },
      { name: "St Brigid's Day", month: 2, weekday: 1, nth: 1, since: 2031, until: 2035 },
      { name: "St Brigid's Day", on: '2036-02-01' },
      { name: "St Brigid's Day", month: 2, weekday: 1, nth: 1, since: 2037 },
      { name: "St Patrick's Day", month: 3, day: 17 },
      { name: 'Easter Monday', easterPlus: 1 },
      { name: 'May holiday', month: 5, weekday: 1, nth: 1 },
      { name: 'June holiday', month: 6, weekday: 1, nth: 1 },
      { name: 'August holiday', month: 8, weekday: 1, nth: 1 },
      { name: 'October holiday', month: 10, weekday: 1, nth: -1 },
      { name: 'Christmas Day', month: 12, day: 25 },
      { name: "St Stephen's Day", month: 12, day: 26 },
    ],
    source: 'Organisation of Working Time Act 1997 Sch. 2 (Ireland), with S.I. 50/2022',
  },
  england: {
    title: 'bank holidays in England and Wales',
    weekdaysOff: [0, 6],
    holidays: [
      { name: "New Year's Day", month: 1, day: 1, observed: 'next-free' },
      { name: 'Good Friday', easterPlus: -2 },
      { name: 'Easter Monday', easterPlus: 1 },
      { name: 'Early May bank holiday', month: 5, weekday: 1, nth: 1 },
      { name: 'Bank holiday for the coronation', on: '2023-05-08' },
      { name: 'Spring bank holiday', month: 5, weekday: 1, nth: -1 },
      { name: 'Summer bank holiday', month: 8, weekday: 1, nth: -1 },
      { name: 'Christmas Day', month: 12, day: 25, observed: 'next-free' },
      { name: 'Boxing Day', month: 12, day: 26, observed: 'next-free' },
    ],
    source: 'Banking and Financial Dealings Act 1971 Sch. 1, and custom',
  },
  'california-statutory': {
    title: 'business days of the California codes, where Saturday counts',
    weekdaysOff: [0],
    // Left out, so that no due date is later than the text surely allows: Lunar New Year, Genocide Remembrance Day, Diwali,
    // Yom Kippur, half of Good Friday, and days that are appointed each year. The work is done as if they counted.
    holidays: [
      { name: "New Year's Day", month: 1, day: 1, observed: 'monday' },
      { name: 'Dr. Martin Luther King, Jr. Day', month: 1, weekday: 1, nth: 3 },
      { name: 'Lincoln Day', month: 2, day: 12, observed: 'monday' },
      { name: 'Third Monday in February', month: 2, weekday: 1, nth: 3 },
      { name: '31 March', month: 3, day: 31, observed: 'monday' },
      { name: 'Memorial Day', month: 5, weekday: 1, nth: -1 },
      { name: 'Juneteenth', month: 6, day: 19 },
      { name: 'Independence Day', month: 7, day: 4, observed: 'monday' },
      { name: 'Labor Day', month: 9, weekday: 1, nth: 1 },
      { name: 'Admission Day', month: 9, day: 9, observed: 'monday' },
      { name: 'Native American Day', month: 9, weekday: 5, nth: 4 },
      { name: 'Columbus Day', month: 10, weekday: 1, nth: 2 },
      { name: 'Veterans Day', month: 11, day: 11, observed: 'monday-or-friday' },
      { name: 'Thanksgiving Day', month: 11, weekday: 4, nth: 4 },
      { name: 'Christmas Day', month: 12, day: 25, observed: 'monday' },
    ],
    source: 'Cal. Civ. 7, 9, 10; Cal. Gov. 6700, 6701',
  },
  'us-business': {
    title: 'Monday to Friday without federal holidays and the day after Thanksgiving',
    weekdaysOff: [0, 6],
    holidays: [
      { name: "New Year's Day", month: 1, day: 1, observed: 'federal' },
      { name: 'Birthday of Martin Luther King, Jr.', month: 1, weekday: 1, nth: 3 },
      { name: "Washington's Birthday", month: 2, weekday: 1, nth: 3 },
      { name: 'Memorial Day', month: 5, weekday: 1, nth: -1 },
      { name: 'Juneteenth National Independence Day', month: 6, day: 19, observed: 'federal' },
      { name: 'Independence Day', month: 7, day: 4, observed: 'federal' },
      { name: 'Labor Day', month: 9, weekday: 1, nth: 1 },
      { name: 'Columbus Day', month: 10, weekday: 1, nth: 2 },
      { name: 'Veterans Day', month: 11, day: 11, observed: 'federal' },
      { name: 'Thanksgiving Day', month: 11, weekday: 4, nth: 4 },
      { name: 'Day after Thanksgiving', month: 11, weekday: 4, nth: 4, plus: 1 },
      { name: 'Christmas Day', month: 12, day: 25, observed: 'federal' },
    ],
    source: '5 USC 6103; the day after Thanksgiving as Cal. Gov. 19853 gives it to state offices, by analogy',
  },
} as const satisfies Record<string, HolidayCalendar>;

export type CalendarId = keyof typeof holidayCalendars;
