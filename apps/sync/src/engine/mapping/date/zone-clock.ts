import { Temporal } from 'temporal-polyfill';
import { Refusal } from '../cell/mapping-rule.js';

/** Seconds from 1970-01-01 to 2000-01-01 UTC, from where cells count. */
const EPOCH_SECONDS = 946_684_800;
const DAY_SECONDS = 86_400;
const OFFSET = /^([+-])(\d\d):?(\d\d)$/;

/**
 * What the clocks of a time zone show. The library remembers offsets at the edges of periods of some days, never an
 * instant that it was asked for.
 */
export interface ZoneClock {
  /** Seconds by which local time is ahead of UTC at an instant, given in seconds since 2000-01-01 UTC. */
  offsetAt(seconds: number): number;
}

/** How a local time is read that never was or that was twice. */
export interface ClockChange {
  readonly gap: 'reject' | 'shift';
  readonly overlap: 'reject' | 'earlier' | 'later';
}

/** The clock of `UTC`, of an offset or of a named zone; undefined when there is no such zone. */
export function zoneClock(zone: string): ZoneClock | undefined {
  if (zone === 'UTC' || zone === 'Z') return fixed(0);
  const match = OFFSET.exec(zone);
  if (match) {
    const [hours, minutes] = [Number(match[2]), Number(match[3])];
    return hours > 15 || minutes > 59 ? undefined : fixed((match[1] === '-' ? -60 : 60) * (hours * 60 + minutes));
  }
  try {
    const known = new Temporal.ZonedDateTime(0n, zone);
    if (/^[+-]/.test(known.timeZoneId)) return undefined;
    return named(zone);
  } catch {
    return undefined;
  }
}

function fixed(offset: number): ZoneClock {
  return { offsetAt: () => offset };
}

function named(zone: string): ZoneClock {
  return {
    offsetAt: (seconds) =>
      new Temporal.ZonedDateTime(BigInt(seconds + EPOCH_SECONDS) * 1_000_000_000n, zone).offsetNanoseconds / 1e9,
  };
}

/**
 * The instant at which the clock shows a local time, both in seconds since 2000-01-01. No zone changes its clocks twice
 * within two days, so the offsets a day before and a day after are the only ones to try.
 */
export function instantOf(clock: ZoneClock, local: number, change: ClockChange): number | Refusal {
  const before = clock.offsetAt(local - DAY_SECONDS);
  const after = clock.offsetAt(local + DAY_SECONDS);
  if (before === after) return local - before;
  const shows = (offset: number) => clock.offsetAt(local - offset) === offset;
  const [earlier, later] = [shows(before), shows(after)];
  if (earlier && later) {
    if (change.overlap === 'reject') return Refusal.of('time-repeated');
    return local - (change.overlap === 'earlier' ? before : after);
  }
  if (earlier) return local - before;
  if (later) return local - after;
  return change.gap === 'reject' ? Refusal.of('time-left-out') : local - before;
}
