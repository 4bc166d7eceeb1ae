import { digestOf } from '../canonical.js';
import { type Regime, type RightType, rightTypes } from '../vocabulary.js';
import { CALENDARS_AS_OF, holidayCalendars } from './holiday-calendars.js';
import type { HourClock, Law, PauseRule, Reading } from './law.js';

/** The day on which the rows were last read against their sources. */
export const LAWS_AS_OF = '2026-11-27';

const CALIFORNIA_CHOICES: readonly RightType[] = ['opt-out', 'limit-sensitive'];
const COPIES: readonly RightType[] = ['access', 'know', 'portability'];

const allBut = (...others: readonly RightType[]) => rightTypes.filter((right) => !others.includes(right));
const fromNextDay: Reading = { firstDay: 'next', pauses: [] };
const fromReceipt: Reading = { firstDay: 'event', pauses: [] };

/** What guidelines allow, and what the strict reading of Art. 12(3) does without. */
const EUROPEAN_PAUSES: readonly PauseRule[] = [
  { reason: 'identity', counts: 'from-asking', source: 'Art. 12(6) GDPR; EDPB Guidelines 01/2022 s. 5.3' },
  {
    reason: 'clarification',
    counts: 'from-asking',
    rights: COPIES,
    source: 'Recital 63 GDPR; EDPB Guidelines 01/2022 s. 5.3, by analogy with doubts about identity',
  },
];

/** The statute itself starts the month anew when identity is shown; only the days of clarification have two readings. */
const britishPauses = (counts: 'whole-days' | 'both-days'): readonly PauseRule[] => [
  { reason: 'identity', counts: 'restart', source: 'Art. 12A UK GDPR, "relevant time"' },
  {
    reason: 'clarification',
    counts,
    rights: COPIES,
    source: counts === 'both-days' ? 'Art. 12A UK GDPR as the ICO reads it' : 'Art. 12A UK GDPR',
  },
];

/** One row for each regime; where a charter promises more, the earliest date wins. */
export const laws: Readonly<Record<Regime, Law>> = {
  gdpr: {
    title: 'General Data Protection Regulation',
    authority: 'the data protection authority of your country',
    // Of the establishment or the representative.
    zone: 'Europe/Dublin',
    steps: [
      {
        step: 'answer',
        length: 'P1M',
        dayType: 'calendar-month',
        extension: { adds: 'P2M', source: 'Art. 12(3) GDPR' },
        rights: allBut('complaint', 'appeal'),
        target: fromNextDay,
        latest: { firstDay: 'next', rollsBy: 'ireland', pauses: EUROPEAN_PAUSES },
        source: 'Art. 12(3) GDPR; Regulation 1182/71 Art. 3',
      },
    ],
  },
  'uk-gdpr': {
    title: 'UK GDPR',
    authority: "the Information Commissioner's Office",
    zone: 'Europe/London',
    steps: [
      {
        step: 'answer',
        length: 'P1M',
        dayType: 'calendar-month',
        extension: { adds: 'P2M', source: 'Art. 12A UK GDPR' },
        rights: allBut('complaint', 'appeal'),
        target: { firstDay: 'event', pauses: britishPauses('whole-days') },
        latest: { firstDay: 'next', rollsBy: 'england', pauses: britishPauses('both-days') },
        source: 'Art. 12A UK GDPR',
      },
      {
        step: 'acknowledge',
        length: 'P30D',
        dayType: 'calendar',
        rights: ['complaint'],
        target: fromReceipt,
        latest: fromNextDay,
        source: 'DPA 2018 s. 164A',
      },
    ],
  },
  fadp: {
    title: 'Swiss Federal Act on Data Protection',
    authority: 'the Federal Data Protection and Information Commissioner',
    zone: 'Europe/Zurich',
    steps: [
      {
        step: 'answer',
        length: 'P30D',
        dayType: 'calendar',
        rights: COPIES,
        target: fromNextDay,
        latest: fromNextDay,
        source: 'Art. 25(7) FADP; Art. 18 DPO',
      },
      {
        step: 'answer',
        length: 'P30D',
        dayType: 'calendar',
        rights: allBut(...COPIES, 'complaint', 'appeal'),
        target: fromNextDay,
        latest: fromNextDay,
        source: 'Art. 25(7) FADP by analogy, which sets the time for access only',
      },
    ],
  },
  ccpa: {
    title: 'California Consumer Privacy Act',
    authority: 'the California Privacy Protection Agency',
    zone: 'America/Los_Angeles',
    steps: [
      {
        step: 'answer',
        length: 'P45D',
        dayType: 'calendar',
        extension: { adds: 'P45D', source: '11 CCR 7021(b)' },
        rights: allBut(...CALIFORNIA_CHOICES, 'complaint', 'appeal'),
        target: fromReceipt,
        latest: fromNextDay,
        source: 'Civ. 1798.130(a)(2); 11 CCR 7021(b)',
      },
      {
        step: 'acknowledge',
        length: 'P10D',
        dayType: 'business',
        rights: allBut(...CALIFORNIA_CHOICES, 'complaint', 'appeal'),
        target: { firstDay: 'event', businessDays: 'california-statutory', pauses: [] },
        latest: { firstDay: 'next', businessDays: 'us-business', pauses: [] },
        source: '11 CCR 7021(a)',
      },
      {
        step: 'answer',
        length: 'P15D',
        dayType: 'business',
        rights: ['opt-out'],
        target: { firstDay: 'event', businessDays: 'california-statutory', pauses: [] },
        latest: { firstDay: 'next', businessDays: 'us-business', pauses: [] },
        source: '11 CCR 7026(f)',
      },
      {
        step: 'answer',
        length: 'P15D',
        dayType: 'business',
        rights: ['limit-sensitive'],
        target: { firstDay: 'event', businessDays: 'california-statutory', pauses: [] },
        latest: { firstDay: 'next', businessDays: 'us-business', pauses: [] },
        source: '11 CCR 7027(g)',
      },
    ],
  },
  vcdpa: {
    title: 'Virginia Consumer Data Protection Act',
    authority: 'the Attorney General of Virginia',
    zone: 'America/New_York',
    steps: [
      {
        step: 'answer',
        length: 'P45D',
        dayType: 'calendar',
        extension: { adds: 'P45D', source: 'Va. Code 59.1-577(B)(1)' },
        rights: allBut('complaint', 'appeal'),
        target: fromNextDay,
        latest: fromNextDay,
        source: 'Va. Code 59.1-577(B)(1)',
      },
      {
        step: 'appeal',
        length: 'P60D',
        dayType: 'calendar',
        rights: ['appeal'],
        target: fromNextDay,
        latest: fromNextDay,
        source: 'Va. Code 59.1-577(C)',
      },
    ],
  },
};

/** Within which an authority is told about a breach, from the moment in which one is aware of it. */
export const authorityTold: HourClock = { length: 'PT72H', source: 'Art. 33(1) GDPR; Regulation 1182/71 Art. 3(1)' };

/** Months for which a business keeps records of consumers' requests: 11 CCR 7101. */
export const REQUEST_REGISTER_AT_LEAST = 'P24M';

/** ISO 8601: within which a regime asks for an answer in general. */
export function answerPeriod(regime: Regime): string {
  return laws[regime].steps[0]!.length;
}

/** Digits of a digest that tell versions of the data apart. */
const VERSION_DIGITS = 12;
const versionOf = (asOf: string, data: unknown) => `${asOf}+${digestOf(data).slice(0, VERSION_DIGITS)}`;

/** Which rows a date was computed with; it changes by itself when a row does. */
export const RULE_VERSION = versionOf(LAWS_AS_OF, { laws, authorityTold });
/** Which holiday calendars a date was computed with. */
export const CALENDAR_VERSION = versionOf(CALENDARS_AS_OF, holidayCalendars);
