import { addDuration } from '@millrace/kernel';
import { humanDuration } from '../promise/human-words.js';
import type { HourClock } from './law.js';

const HOUR_MS = 3_600_000;

/** When a period in hours ends. Both readings run on instants, so that summer time changes nothing. */
export interface ComputedHours {
  readonly targetAt: string;
  /** The hour of the event itself is not counted: Regulation 1182/71 Art. 3(1). */
  readonly latestAt: string;
  readonly why: string;
}

/** `from` is the event that sets the period going, such as becoming aware of a breach. */
export function computeHours({ length, source }: HourClock, from: Date): ComputedHours {
  const nextHour = new Date((Math.floor(from.getTime() / HOUR_MS) + 1) * HOUR_MS);
  return {
    targetAt: addDuration(from, length).toISOString(),
    latestAt: addDuration(nextHour, length).toISOString(),
    why: `${humanDuration(length)} from ${from.toISOString()}, ${source}.`,
  };
}
