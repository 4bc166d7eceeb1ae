import { describe, expect, it } from '@jest/globals';
import { startOfDay } from './legal-day.js';

describe('the start of a legal day', () => {
  it.each([
    ['2026-04-22', 'America/New_York', '2026-04-22T04:00:00.000Z'],
    ['2026-01-22', 'America/New_York', '2026-01-22T05:00:00.000Z'],
    ['2026-03-29', 'Europe/Dublin', '2026-03-29T00:00:00.000Z'],
    ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00.000Z'],
    ['2026-11-01', 'America/Los_Angeles', '2026-11-01T07:00:00.000Z'],
    ['2026-06-01', 'Asia/Kolkata', '2026-05-31T18:30:00.000Z'],
    ['2026-06-01', 'UTC', '2026-06-01T00:00:00.000Z'],
  ])('%s in %s is %s', (date, zone, instant) => {
    expect(startOfDay(date, zone).toISOString()).toBe(instant);
  });

  it('is an hour late where summer time takes away midnight', () => {
    expect(startOfDay('2018-11-04', 'America/Sao_Paulo').toISOString()).toBe('2018-11-04T03:00:00.000Z');
  });
});
