import { addDuration, parseDuration } from '@millrace/kernel';
import { Cron } from 'croner';
import { z } from 'zod';

/** Shortest interval between two runs: below it a run's own overhead outweighs what it moves. In milliseconds. */
const MIN_INTERVAL_MS = 10_000;
const EPOCH = new Date(0);

const isZone = (zone: string) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
};

const CronSchedule = z
  .strictObject({
    cron: z
      .string()
      .max(200)
      .describe('Five fields: minute, hour, day of month, month, day of week; as in 0 3 * * 1-5'),
    timeZone: z
      .string()
      .default('UTC')
      .refine(isZone, 'must be a time zone such as Europe/Berlin')
      .describe('IANA name of the zone in which the times are meant'),
  })
  .refine(({ cron }) => cronOf(cron, 'UTC') !== undefined, {
    path: ['cron'],
    message: 'must be five fields (minute hour day month weekday), such as 0 3 * * 1-5',
  });

const IntervalSchedule = z.strictObject({
  every: z
    .string()
    .refine(
      (text) => {
        const duration = parseDuration(text);
        return duration !== undefined && addDuration(EPOCH, duration).getTime() >= MIN_INTERVAL_MS;
      },
      `must be an ISO 8601 duration of at least ${MIN_INTERVAL_MS / 1_000} seconds, such as PT15M`,
    )
    .describe('Time from the start of one run to the start of the next'),
});

const AfterSchedule = z.strictObject({
  after: z.string().min(1).max(63).describe('Name of the pipeline whose success starts this one'),
});

const ContinuousSchedule = z.strictObject({
  continuously: z
    .literal(true)
    .describe('Goes on without an end, as streams with read: changes can; each hour a run ends with its receipt'),
});

export const Schedule = z
  .union([CronSchedule, IntervalSchedule, AfterSchedule, ContinuousSchedule])
  .describe('When the pipeline runs by itself. Default: only when somebody says so');
export type Schedule = z.infer<typeof Schedule>;

/**
 * The first moment after `now` at which a pipeline is due; undefined for one that waits for another pipeline. A time that
 * a change of the clocks skips falls on the first moment behind the gap; one that comes twice counts once.
 */
export function nextDue(schedule: Schedule, now: Date): Date | undefined {
  if ('after' in schedule) return undefined;
  // As soon as the run before has ended.
  if ('continuously' in schedule) return now;
  if ('every' in schedule) return addDuration(now, schedule.every);
  return cronOf(schedule.cron, schedule.timeZone)?.nextRun(now) ?? undefined;
}

function cronOf(pattern: string, timezone: string): Cron | undefined {
  try {
    return new Cron(pattern, { timezone, mode: '5-part', paused: true });
  } catch {
    return undefined;
  }
}
