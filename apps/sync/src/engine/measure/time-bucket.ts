import { type CellKind, dayAt, daysOf } from '@millrace/connector-sdk';
import type { BucketUnit } from '../document/metric-definition.js';
import type { ZoneClock } from '../mapping/date/zone-clock.js';
import { newReading, numberOf } from './number-reading.js';
import type { RowCells } from './row-cells.js';

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;
const MICRO = 1_000_000;
/** Since 1973 no zone has changed its clocks but at whole quarters of an hour; in seconds since 2000-01-01. */
const REGULAR_SINCE = -27 * 366 * DAY_SECONDS;
const SLOT_SECONDS = 900;
/** Quarters of an hour whose bucket is remembered: about three years. */
const MAX_SLOTS = 100_000;
/** 2000-01-01 was a Saturday. */
const FIRST_MONDAY = 2;

/** Where no bucket is: the time is null or infinite. */
export const NO_BUCKET = Number.MAX_SAFE_INTEGER;

/** The periods of time by which a metric groups. */
export interface TimeBucket {
  /** A number for the period in which a row's time lies, later ones being greater; `NO_BUCKET` without a time. */
  at(row: RowCells): number;
  /** The period as people write it: `2026-04-22`, its Monday for a week, `2026-04`, `2026-Q2`, `2026`; null for `NO_BUCKET`. */
  label(bucket: number): string | null;
}

export interface BucketSettings {
  readonly cell: number;
  readonly kind: CellKind;
  readonly unit: BucketUnit;
  /** Of an instant: the clock whose days they are. */
  readonly clock?: ZoneClock;
}

/** Binds a bucket, once per run. */
export function timeBucket({ cell, kind, unit, clock }: BucketSettings): TimeBucket {
  const read = numberOf(cell, kind);
  const reading = newReading();
  const bucketAt = remembered((seconds) => {
    const offset = clock?.offsetAt(seconds) ?? 0;
    const local = seconds + offset;
    if (unit === 'hour') return Math.floor(local / HOUR_SECONDS) * HOUR_SECONDS - offset;
    return firstDay(unit, Math.floor(local / DAY_SECONDS));
  });
  return {
    at: (row) => (read(row, reading) ? bucketAt(secondsOf(reading)) : NO_BUCKET),
    label: (bucket) => (bucket === NO_BUCKET ? null : labelOf(unit, bucket, clock)),
  };
}

function secondsOf({ units, wide }: ReturnType<typeof newReading>): number {
  if (!wide) return Math.floor(units / MICRO);
  const rest = wide.units % BigInt(MICRO);
  return Number((wide.units - (rest < 0n ? rest + BigInt(MICRO) : rest)) / BigInt(MICRO));
}

/** Records lie close in time: most ask for the bucket that the one before asked for. */
function remembered(bucketAt: (seconds: number) => number): (seconds: number) => number {
  const known = new Map<number, number>();
  let [lastSlot, lastBucket] = [Number.NaN, 0];
  return (seconds) => {
    if (seconds < REGULAR_SINCE) return bucketAt(seconds);
    const slot = Math.floor(seconds / SLOT_SECONDS);
    if (slot === lastSlot) return lastBucket;
    let bucket = known.get(slot);
    if (bucket === undefined) {
      bucket = bucketAt(seconds);
      if (known.size >= MAX_SLOTS) known.clear();
      known.set(slot, bucket);
    }
    [lastSlot, lastBucket] = [slot, bucket];
    return bucket;
  };
}

function firstDay(unit: Exclude<BucketUnit, 'hour'>, days: number): number {
  if (unit === 'day') return days;
  if (unit === 'week') return days - ((((days - FIRST_MONDAY) % 7) + 7) % 7);
  const { year, month } = dayAt(days);
  const first = unit === 'year' ? 1 : unit === 'quarter' ? month - ((month - 1) % 3) : month;
  return daysOf(year, first, 1);
}

function labelOf(unit: BucketUnit, bucket: number, clock: ZoneClock | undefined): string {
  if (unit === 'hour') return hourLabel(bucket, clock);
  const { year, month, day } = dayAt(bucket);
  if (unit === 'year') return years(year);
  if (unit === 'quarter') return `${years(year)}-Q${Math.ceil(month / 3)}`;
  return unit === 'month' ? `${years(year)}-${two(month)}` : dayLabel(year, month, day);
}

function hourLabel(seconds: number, clock: ZoneClock | undefined): string {
  const offset = clock?.offsetAt(seconds) ?? 0;
  const local = seconds + offset;
  const days = Math.floor(local / DAY_SECONDS);
  const { year, month, day } = dayAt(days);
  const rest = local - days * DAY_SECONDS;
  const time = `${two(Math.floor(rest / HOUR_SECONDS))}:${two(Math.floor(rest / 60) % 60)}`;
  return `${dayLabel(year, month, day)}T${time}${clock ? offsetLabel(offset) : ''}`;
}

function offsetLabel(offset: number): string {
  if (offset === 0) return 'Z';
  const minutes = Math.round(Math.abs(offset) / 60);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const dayLabel = (year: number, month: number, day: number) => `${years(year)}-${two(month)}-${two(day)}`;
const two = (number: number) => String(number).padStart(2, '0');
/** ISO 8601 writes years beyond four digits, and those before the year 0, with a sign and six digits. */
const years = (year: number) =>
  year >= 0 && year <= 9_999
    ? String(year).padStart(4, '0')
    : `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`;
