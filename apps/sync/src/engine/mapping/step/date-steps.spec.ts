import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stepped } from '../mapping.fixture.js';

const parse = (text: string, settings: object) => stepped([{ parseDate: settings }], text);
const BERLIN = { pattern: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin' };

describe('parseDate', () => {
  it.each([
    ['31.12.2024', 'dd.MM.yyyy', '2024-12-31'],
    ['1.2.2024', 'd.M.yyyy', '2024-02-01'],
    ['29.02.2023', 'dd.MM.yyyy', '! not-a-day'],
    ['29.02.2024', 'dd.MM.yyyy', '2024-02-29'],
    ['00.01.2024', 'dd.MM.yyyy', '! not-a-day'],
    ['01.13.2024', 'dd.MM.yyyy', '! not-a-day'],
    ['01.01.0000', 'dd.MM.yyyy', '! not-a-day'],
    ['20240131', 'yyyyMMdd', '2024-01-31'],
    ['Jan 5, 2024', 'MMM d, yyyy', '2024-01-05'],
    ['5 september 2024', 'd MMMM yyyy', '2024-09-05'],
    ['31/12/68', 'dd/MM/yy', '2068-12-31'],
    ['31/12/69', 'dd/MM/yy', '1969-12-31'],
    ['2024-07', 'yyyy-MM', '2024-07-01'],
    ['2024', 'yyyy', '2024-01-01'],
    ["Q: 2024 o'clock", "'Q:' yyyy 'o''clock'", '2024-01-01'],
    ['2024-01-31', "yyyy-MM-dd''", '! not-the-pattern'],
    [' 2024', 'yyyy', '! not-the-pattern'],
    ['2024\n', 'yyyy', '! not-the-pattern'],
    ['', 'yyyy', '! not-the-pattern'],
    ['20x24', 'yyyy', '! not-the-pattern'],
    ['infinity', 'yyyy', '! not-the-pattern'],
    ['٢٠٢٤', 'yyyy', '! not-the-pattern'],
  ])('%j as %s', (text, pattern, result) => expect(parse(text, { pattern })).toBe(result));

  it.each([
    ['2024-01-31 23:59:59', 'yyyy-MM-dd HH:mm:ss', '2024-01-31 23:59:59'],
    ['2024-01-31 24:00:00', 'yyyy-MM-dd HH:mm:ss', '! not-a-day'],
    ['2024-01-31 12:05 AM', 'yyyy-MM-dd hh:mm a', '2024-01-31 00:05:00'],
    ['2024-01-31 12:05 pm', 'yyyy-MM-dd hh:mm a', '2024-01-31 12:05:00'],
    ['2024-01-31 1:05 PM', 'yyyy-MM-dd h:mm a', '2024-01-31 13:05:00'],
    ['2024-01-31 13:05 PM', 'yyyy-MM-dd h:mm a', '! not-the-pattern'],
    ['2024-01-31 00.123456', 'yyyy-MM-dd HH.SSSSSS', '2024-01-31 00:00:00.123456'],
    ['2024-01-31T10:00:00.5+05:30', "yyyy-MM-dd'T'HH:mm:ss.SXXX", '2024-01-31 04:30:00.5+00'],
    ['2024-01-31T10:00Z', "yyyy-MM-dd'T'HH:mmXXX", '2024-01-31 10:00:00+00'],
    ['2024-01-31T10:00-0800', "yyyy-MM-dd'T'HH:mmXX", '2024-01-31 18:00:00+00'],
  ])('%j as %s', (text, pattern, result) => expect(parse(text, { pattern })).toBe(result));
});

describe('parseDate in a zone', () => {
  it.each([
    ['01.07.2024 12:00', BERLIN, '2024-07-01 10:00:00+00'],
    ['01.01.2024 12:00', BERLIN, '2024-01-01 11:00:00+00'],
    ['01.01.2024 12:00', { ...BERLIN, zone: 'UTC' }, '2024-01-01 12:00:00+00'],
    ['01.01.2024 12:00', { ...BERLIN, zone: '-03:30' }, '2024-01-01 15:30:00+00'],
    ['31.03.2024 01:59', BERLIN, '2024-03-31 00:59:00+00'],
    ['31.03.2024 02:00', BERLIN, '! time-left-out'],
    ['31.03.2024 02:30', { ...BERLIN, gap: 'shift' }, '2024-03-31 01:30:00+00'],
    ['31.03.2024 03:00', BERLIN, '2024-03-31 01:00:00+00'],
    ['27.10.2024 01:59', BERLIN, '2024-10-26 23:59:00+00'],
    ['27.10.2024 02:30', BERLIN, '! time-repeated'],
    ['27.10.2024 02:30', { ...BERLIN, overlap: 'earlier' }, '2024-10-27 00:30:00+00'],
    ['27.10.2024 02:30', { ...BERLIN, overlap: 'later' }, '2024-10-27 01:30:00+00'],
    ['27.10.2024 03:00', BERLIN, '2024-10-27 02:00:00+00'],
    // Samoa crossed the date line: 30 December 2011 never was.
    ['30.12.2011 12:00', { ...BERLIN, zone: 'Pacific/Apia' }, '! time-left-out'],
    ['29.12.2011 23:59', { ...BERLIN, zone: 'Pacific/Apia' }, '2011-12-30 09:59:00+00'],
    // Half an hour of change, on Lord Howe Island.
    ['06.10.2024 02:15', { ...BERLIN, zone: 'Australia/Lord_Howe', gap: 'shift' }, '2024-10-05 15:45:00+00'],
    // Before there were zones: local mean time, 53 minutes and 28 seconds ahead.
    ['01.01.1800 12:00', BERLIN, '1800-01-01 11:06:32+00'],
  ])('%j with %j', (text, settings, result) => expect(parse(text, settings)).toBe(result));
});

describe('formatDate', () => {
  it.each([
    ['date', '2024-02-29', { pattern: "EEEE, d MMMM yyyy 'Q'Q" }, 'Thursday, 29 February 2024 Q1'],
    ['date', '2024-12-01', { pattern: 'EEE MMM yy' }, 'Sun Dec 24'],
    ['date', '0001-01-01', { pattern: 'yyyy' }, '0001'],
    ['date', '0001-12-31 BC', { pattern: 'yyyy' }, '! out-of-range'],
    ['date', '10000-01-01', { pattern: 'yyyy' }, '! out-of-range'],
    ['date', 'infinity', { pattern: 'yyyy' }, '! not-finite'],
    ['date', '-infinity', { pattern: 'yyyy' }, '! not-finite'],
    ['timestamp', '2024-01-31 00:05:09.123456', { pattern: 'hh:mm:ss.SSSSSS a / H / S' }, '12:05:09.123456 AM / 0 / 1'],
    ['timestamp', '1999-12-31 23:59:59.999999', { pattern: 'yyyy SSS' }, '1999 999'],
    ['timestamp', 'infinity', { pattern: 'yyyy' }, '! not-finite'],
    ['timestamptz', '2024-03-31 00:59:59Z', { pattern: 'dd HH:mm XXX', zone: 'Europe/Berlin' }, '31 01:59 +01:00'],
    ['timestamptz', '2024-03-31 01:00:00Z', { pattern: 'dd HH:mm XX', zone: 'Europe/Berlin' }, '31 03:00 +0200'],
    [
      'timestamptz',
      '2024-01-01 02:00:00Z',
      { pattern: 'yyyy-MM-dd HH:mmXXX', zone: 'America/St_Johns' },
      '2023-12-31 22:30-03:30',
    ],
    ['timestamptz', '2024-01-01 00:00:00Z', { pattern: 'HHXXX', zone: 'UTC' }, '00Z'],
    ['timestamptz', '9999-12-31 23:30:00Z', { pattern: 'yyyy', zone: 'Europe/Berlin' }, '! out-of-range'],
    ['timestamptz', '294276-12-31 00:00:00Z', { pattern: 'yyyy', zone: 'Europe/Berlin' }, '! out-of-range'],
    ['timestamptz', '-infinity', { pattern: 'yyyy', zone: 'Europe/Berlin' }, '! not-finite'],
  ] as const)('of %s %s with %j', (kind, value, settings, result) =>
    expect(stepped([{ formatDate: settings }], value, kind)).toBe(result),
  );
});

describe('what formatDate writes', () => {
  const FORMS = ['yyyy-MM-dd HH:mm:ss.SSSSSS', "d MMMM yyyy', at 'h:m:s.SSSSSS a", 'yyyyMMddHHmmssSSSSSS'];
  const zones = fc.constantFrom(
    'UTC',
    '+05:45',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Tokyo',
    'Australia/Lord_Howe',
  );
  const instant = fc.date({ min: new Date('1890-01-01'), max: new Date('2200-01-01'), noInvalidDate: true });

  it('parseDate reads again, in every zone', () => {
    fc.assert(
      fc.property(instant, fc.nat(999), zones, fc.constantFrom(...FORMS), (date, micros, zone, pattern) => {
        const given = `${date.toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
        const normal = stepped([{ cast: 'timestamptz' }], given);
        const there = [{ cast: 'timestamptz' }, { formatDate: { pattern, zone } }];
        const back = (overlap: string) => stepped([...there, { parseDate: { pattern, zone, overlap } }], given);
        expect([back('earlier'), back('later')]).toContain(normal);
      }),
      { numRuns: 200 },
    );
  });

  it('is what the platform itself says about a zone', () => {
    fc.assert(
      fc.property(instant, zones, (date, zone) => {
        const options = {
          year: 'numeric',
          month: '2-digit',
          day: '2-digit',
          hour: '2-digit',
          minute: '2-digit',
        } as const;
        const format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone, hourCycle: 'h23' });
        const written = stepped(
          [{ formatDate: { pattern: 'dd/MM/yyyy, HH:mm', zone } }],
          date.toISOString(),
          'timestamptz',
        );
        expect(written).toBe(format.format(date));
      }),
      { numRuns: 100 },
    );
  });
});

describe('a period', () => {
  it.each([
    ['date', '2024-08-31', 'year', '2024-01-01'],
    ['date', '2024-08-31', 'quarter', '2024-07-01'],
    ['date', '2024-03-31', 'quarter', '2024-01-01'],
    ['date', '2024-08-31', 'month', '2024-08-01'],
    ['date', '0044-03-15 BC', 'month', '0044-03-01 BC'],
    ['date', '4714-11-24 BC', 'year', '! out-of-range'],
    ['date', 'infinity', 'year', 'infinity'],
    ['timestamp', '2024-08-31 23:59:59.999999', 'month', '2024-08-01 00:00:00'],
    ['timestamp', '1999-12-31 23:59:59.999999', 'quarter', '1999-10-01 00:00:00'],
    ['timestamptz', '2024-12-31 23:30:00-05', 'year', '2025-01-01 00:00:00+00'],
    ['timestamptz', '-infinity', 'year', '-infinity'],
  ] as const)('of %s %s by %s', (kind, value, period, result) =>
    expect(stepped([{ generalise: period }], value, kind)).toBe(result),
  );
});
