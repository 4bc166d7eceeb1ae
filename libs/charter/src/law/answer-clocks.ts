import type { Regime } from '../vocabulary.js';

/** How a statute counts its days. `calendar-month` ends on the same date of the next month, or on its last day. */
export type DayType = 'calendar' | 'calendar-month' | 'business';

/** The statutory time to answer a request. Encoded law, not legal advice. */
export interface AnswerClock {
  readonly title: string;
  /** ISO 8601 duration from receipt. */
  readonly answer: string;
  readonly dayType: DayType;
  /** How much one extension may add, when the statute allows one. */
  readonly extension?: string;
  /** Business days within which receipt must be confirmed. */
  readonly confirmBusinessDays?: number;
  /** The authority that a person can complain to, as a notice names it. */
  readonly authority: string;
  readonly source: string;
}

/** One row for each regime; where a charter promises more, the earliest date wins. */
export const answerClocks: Readonly<Record<Regime, AnswerClock>> = {
  gdpr: {
    title: 'General Data Protection Regulation',
    answer: 'P1M',
    dayType: 'calendar-month',
    extension: 'P2M',
    authority: 'the data protection authority of your country',
    source: 'Art. 12(3) GDPR; Regulation 1182/71 Art. 3',
  },
  'uk-gdpr': {
    title: 'UK GDPR',
    answer: 'P1M',
    dayType: 'calendar-month',
    extension: 'P2M',
    authority: "the Information Commissioner's Office",
    source: 'Art. 12A UK GDPR',
  },
  fadp: {
    title: 'Swiss Federal Act on Data Protection',
    answer: 'P30D',
    dayType: 'calendar',
    authority: 'the Federal Data Protection and Information Commissioner',
    source: 'Art. 25(7) FADP; Art. 18 DPO',
  },
  ccpa: {
    title: 'California Consumer Privacy Act',
    answer: 'P45D',
    dayType: 'calendar',
    extension: 'P45D',
    confirmBusinessDays: 10,
    authority: 'the California Privacy Protection Agency',
    source: 'Civ. 1798.130(a)(2); 11 CCR 7021',
  },
  vcdpa: {
    title: 'Virginia Consumer Data Protection Act',
    answer: 'P45D',
    dayType: 'calendar',
    extension: 'P45D',
    authority: 'the Attorney General of Virginia',
    source: 'Va. Code 59.1-577(B)(1)',
  },
};

/** Months for which a business keeps records of consumers' requests: 11 CCR 7101. */
export const REQUEST_REGISTER_AT_LEAST = 'P24M';
