import type { RightType } from '../vocabulary.js';
import type { CalendarId } from './holiday-calendars.js';

/** How a law counts its days. `calendar-month` ends on the same date of a later month, or on its last day. */
export type DayType = 'calendar' | 'calendar-month' | 'business';

/** What a request can wait for: that the person shows who they are, or says more closely what they mean. */
export const waitingReasons = ['identity', 'clarification'] as const;
export type WaitingReason = (typeof waitingReasons)[number];

/**
 * How a wait changes a period. `restart`: the period begins on the day of the answer. `whole-days`: the days between question
 * and answer do not count. `both-days`: those two days do not count either. `from-asking`: the day of the question does not
 * count, the day of the answer does.
 */
export type WaitCounts = 'restart' | 'whole-days' | 'both-days' | 'from-asking';

export interface PauseRule {
  readonly reason: WaitingReason;
  readonly counts: WaitCounts;
  /** The rights whose period the wait changes; every right when missing. */
  readonly rights?: readonly RightType[];
  readonly source: string;
}

/** One way to read the words that set a period. */
export interface Reading {
  /** `event`: the day of receipt is the first day. `next`: the day after it is. */
  readonly firstDay: 'event' | 'next';
  /** The calendar that says which days count, for business days. */
  readonly businessDays?: CalendarId;
  /** A period that ends on a day off by this calendar ends on the next working day. */
  readonly rollsBy?: CalendarId;
  readonly pauses: readonly PauseRule[];
}

/** One extension, by a notice with its reason that is given before the first period ends. */
export interface Extension {
  /** ISO 8601. */
  readonly adds: string;
  readonly source: string;
}

/** One period that a request sets going. */
export interface LegalStep {
  readonly step: 'acknowledge' | 'answer' | 'appeal';
  /** ISO 8601, from receipt. Business days are written as days. */
  readonly length: string;
  readonly dayType: DayType;
  readonly extension?: Extension;
  /** The rights that it is about. */
  readonly rights: readonly RightType[];
  /** The strictest reading, which drives the work. */
  readonly target: Reading;
  /** The best reading that can be defended; never earlier than the target. */
  readonly latest: Reading;
  readonly source: string;
}

/** What a law asks of whoever answers people's requests. Encoded law, not legal advice. */
export interface Law {
  readonly title: string;
  /** The authority that a person can complain to, as a notice names it. */
  readonly authority: string;
  /** IANA name of the zone in which its days begin and end. */
  readonly zone: string;
  /** The first answer step is the general one. */
  readonly steps: readonly LegalStep[];
}

/** A period in hours, which runs on instants. */
export interface HourClock {
  /** ISO 8601. */
  readonly length: string;
  readonly source: string;
}
