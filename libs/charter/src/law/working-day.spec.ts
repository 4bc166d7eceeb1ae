import { describe, expect, it } from '@jest/globals';
import { CALENDAR_VERSION } from './laws.js';
import { easterOf, holidaysOf, isWorkingDay, nthWorkingDay, orNextWorkingDay } from './working-day.js';

describe('working days', () => {
  it.each([
    [2024, '2024-03-31'],
    [2025, '2025-04-20'],
    [2026, '2026-04-05'],
    [2027, '2027-03-28'],
    [2028, '2028-04-16'],
    [2038, '2038-04-25'],
  ])('Easter of %s is %s', (year, date) => {
    expect(easterOf(year)).toBe(date);
  });

  it('are those of Ireland', () => {
    expect(holidaysOf('ireland', 2027)).toEqual(
      [['01-01', '02-01', '03-17', '03-29', '05-03', '06-07', '08-02', '10-25', '12-25', '12-26']].flatMap((days) =>
        days.map((day) => `2027-${day}`),
      ),
    );
    expect(isWorkingDay('2030-02-01', 'ireland')).toBe(false);
    expect(isWorkingDay('2030-02-04', 'ireland')).toBe(true);
  });

  it.each([
    ['2026-12-28', 'Boxing Day on a Saturday'],
    ['2027-12-27', 'Christmas Day on a Saturday'],
    ['2027-12-28', 'Boxing Day on a Sunday'],
    ['2022-12-27', 'Christmas Day on a Sunday'],
    ['2028-01-03', "New Year's Day on a Saturday"],
  ])('in England %s is off for %s', (date) => {
    expect(isWorkingDay(date, 'england')).toBe(false);
  });

  it('in California’s codes include Saturday and the day after Thanksgiving, which offices do not', () => {
    const both = (date: string) => [isWorkingDay(date, 'california-statutory'), isWorkingDay(date, 'us-business')];
    expect(both('2026-11-26')).toEqual([false, false]);
    expect(both('2026-11-27')).toEqual([true, false]);
    expect(both('2026-11-28')).toEqual([true, false]);
    expect(both('2026-11-29')).toEqual([false, false]);
    expect(both('2027-07-05')).toEqual([false, false]);
  });

  it('see a holiday that is kept in the year before', () => {
    expect(isWorkingDay('2027-12-31', 'us-business')).toBe(false);
  });

  it('are counted from the first one', () => {
    expect(nthWorkingDay('2026-12-25', 1, 'england')).toBe('2026-12-29');
    expect(nthWorkingDay('2026-12-24', 2, 'england')).toBe('2026-12-29');
    expect(orNextWorkingDay('2026-12-24', 'england')).toBe('2026-12-24');
  });

  it('have a version that changes with the data', () => {
    expect(CALENDAR_VERSION).toMatch(/^\d{4}-\d{2}-\d{2}\+[0-9a-f]{12}$/);
  });
});
