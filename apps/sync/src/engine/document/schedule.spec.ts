import { describe, expect, it } from '@jest/globals';
import { parsePipeline } from './parse-pipeline.js';
import { nextDue, Schedule } from './schedule.js';

const due = (schedule: unknown, now: string) => nextDue(Schedule.parse(schedule), new Date(now))?.toISOString();

describe('when a pipeline is due', () => {
  it.each([
    ['0 3 * * *', 'UTC', '2026-05-01T03:00:00.000Z', '2026-05-02T03:00:00.000Z'],
    ['0 3 * * 1-5', 'Europe/Berlin', '2026-05-01T03:00:00.000Z', '2026-05-04T01:00:00.000Z'],
    ['*/15 * * * *', 'UTC', '2026-05-01T00:14:59.999Z', '2026-05-01T00:15:00.000Z'],
    // 02:30 does not exist on 29 March 2026 in Berlin.
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00.000Z', '2026-03-29T01:00:00.000Z'],
    // 02:30 comes twice on 25 October 2026.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
    ['0 0 29 2 *', 'UTC', '2026-05-01T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
  ])('%s in %s, after %s, is %s', (cron, timeZone, now, expected) => {
    expect(due({ cron, timeZone }, now)).toBe(expected);
  });

  it('counts an interval from the start of the run before', () => {
    expect(due({ every: 'PT15M' }, '2026-05-01T00:00:00.000Z')).toBe('2026-05-01T00:15:00.000Z');
    expect(due({ every: 'P1M' }, '2026-01-31T00:00:00.000Z')).toBe('2026-02-28T00:00:00.000Z');
  });

  it('says nothing of a pipeline that waits for another', () => {
    expect(due({ after: 'people' }, '2026-05-01T00:00:00.000Z')).toBeUndefined();
  });

  it.each([
    { cron: '61 * * * *' },
    { cron: '* * * * * *' },
    { cron: '' },
    { cron: '0 3 * * *', timeZone: 'Mars/Olympus' },
    { every: 'PT1S' },
    { every: '15m' },
    { after: '' },
    { cron: '0 3 * * *', every: 'PT1H' },
  ])('refuses %j', (schedule) => {
    expect(Schedule.safeParse(schedule).success).toBe(false);
  });
});

describe('a pipeline that goes on without an end', () => {
  it.each([
    ['changes', true],
    ['full', false],
  ])('with read: %s is in form: %p', (read, expected) => {
    const { document } = parsePipeline({
      version: 1,
      name: 'live',
      source: { connection: 'a' },
      target: { connection: 'b' },
      schedule: { continuously: true },
      streams: [{ from: 'people', to: 'people', key: ['id'], read, fields: [{ from: 'id' }] }],
    });
    expect(document !== undefined).toBe(expected);
  });
});
