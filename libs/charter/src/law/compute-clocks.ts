import { addDuration, parseDuration } from '@millrace/kernel';
import { endOfDay, legalDayOf } from '../legal-day.js';
import { humanDuration } from '../promise/human-words.js';
import type { Regime, RightType } from '../vocabulary.js';
import { type CaseEvent, factsIn } from './case-event.js';
import { explainPeriod } from './explain-period.js';
import type { LegalStep, Reading } from './law.js';
import { CALENDAR_VERSION, laws, RULE_VERSION } from './laws.js';
import { countPeriod } from './period.js';

/** What a charter promises by itself, beside the laws. */
export interface PromisedPeriod {
  /** ISO 8601 from receipt. Hours run on instants, days end with the day in `zone`. */
  readonly length: string;
  /** How much one extension may add, ISO 8601. */
  readonly extension?: string;
  readonly zone: string;
  /** Where the charter says so. */
  readonly source: string;
}

export interface ClockInputs {
  readonly right: RightType;
  readonly receivedAt: Date;
  /** The laws that apply, or may apply as long as nobody knows where the person lives. */
  readonly regimes: readonly Regime[];
  readonly promises: readonly PromisedPeriod[];
  readonly events: readonly CaseEvent[];
}

/** One period with both of its readings. Instants in UTC; `On` is the legal date in `zone`, whose last instant `At` is. */
export interface RunningClock {
  readonly regime: Regime | 'promise';
  readonly step: LegalStep['step'];
  readonly zone: string;
  readonly targetOn: string;
  readonly targetAt: string;
  readonly latestOn: string;
  readonly latestAt: string;
  /** Why the target is when it is: one sentence. */
  readonly why: string;
  readonly latestWhy: string;
}

/** A whole computation, fit to be stored: what went in, what it was computed with, and what came out. */
export interface ComputedClocks {
  /** The earliest target of all clocks for an answer, the charter's promise among them. It drives the work. */
  readonly targetAt: string;
  /** The earliest date that the laws can be read to set. It is shown for defence, and never earlier than the target. */
  readonly latestAt: string;
  readonly why: string;
  readonly latestWhy: string;
  readonly clocks: readonly RunningClock[];
  readonly inputs: {
    readonly right: RightType;
    readonly receivedAt: string;
    readonly regimes: readonly Regime[];
    readonly promises: readonly PromisedPeriod[];
    readonly events: readonly { readonly kind: string; readonly at: string; readonly reason?: string }[];
  };
  readonly ruleVersion: string;
  readonly calendarVersion: string;
}

/**
 * When a request is due by each law and promise, and why. Pure: the same inputs give the same dates for as long as the
 * versions of rules and calendars stay.
 * @throws Error when neither a law nor a promise sets a date for this right
 */
export function computeClocks(inputs: ClockInputs): ComputedClocks {
  const legal = inputs.regimes.flatMap((regime) =>
    laws[regime].steps
      .filter(({ rights }) => rights.includes(inputs.right))
      .map((step) => clockOf(regime, step, laws[regime].zone, inputs)),
  );
  const clocks = [...legal, ...inputs.promises.map((promised) => promiseClock(promised, inputs))];
  const target = earliest(deciding(clocks), 'targetAt');
  const latest = earliest(deciding(legal.length > 0 ? legal : clocks), 'latestAt');
  return {
    targetAt: target.targetAt,
    latestAt: latest.latestAt,
    why: target.why,
    latestWhy: latest.latestWhy,
    clocks,
    inputs: asStored(inputs),
    ruleVersion: RULE_VERSION,
    calendarVersion: CALENDAR_VERSION,
  };
}

/** An acknowledgement answers nothing: it has its date in the list and decides only where there is no other. */
function deciding(clocks: readonly RunningClock[]): readonly RunningClock[] {
  const answering = clocks.filter(({ step }) => step !== 'acknowledge');
  return answering.length > 0 ? answering : clocks;
}

/** ISO instants of one length compare as texts. */
function earliest(clocks: readonly RunningClock[], date: 'targetAt' | 'latestAt'): RunningClock {
  const [first] = [...clocks].sort((a, b) => (a[date] < b[date] ? -1 : a[date] > b[date] ? 1 : 0));
  if (!first) throw new Error('No law and no promise sets a date for this right.');
  return first;
}

function clockOf(regime: Regime | 'promise', step: LegalStep, zone: string, inputs: ClockInputs): RunningClock {
  const facts = factsIn(zone, inputs);
  const read = (reading: Reading) => {
    const counted = countPeriod(step, reading, facts);
    const at = endOfDay(counted.endsOn, zone).toISOString();
    return { on: counted.endsOn, at, why: explainPeriod(step, reading, facts, counted) };
  };
  const [target, latest] = [read(step.target), read(step.latest)];
  return {
    regime,
    step: step.step,
    zone,
    targetOn: target.on,
    targetAt: target.at,
    latestOn: latest.on,
    latestAt: latest.at,
    why: target.why,
    latestWhy: latest.why,
  };
}

/** A promise has one reading: its own. */
function promiseClock(promised: PromisedPeriod, inputs: ClockInputs): RunningClock {
  const { length, extension, zone, source } = promised;
  if (parseDuration(length)?.seconds) return hourPromise(promised, inputs);
  const reading: Reading = { firstDay: 'next', pauses: [] };
  const step: LegalStep = {
    step: 'answer',
    length,
    dayType: 'calendar',
    rights: [inputs.right],
    target: reading,
    latest: reading,
    source,
    ...(extension ? { extension: { adds: extension, source } } : {}),
  };
  return clockOf('promise', step, zone, inputs);
}

function hourPromise({ length, zone, source }: PromisedPeriod, { receivedAt }: ClockInputs): RunningClock {
  const due = addDuration(receivedAt, length);
  const [on, at] = [legalDayOf(due, zone), due.toISOString()];
  const why = `${humanDuration(length)} from receipt at ${receivedAt.toISOString()}, ${source}.`;
  return {
    regime: 'promise',
    step: 'answer',
    zone,
    targetOn: on,
    targetAt: at,
    latestOn: on,
    latestAt: at,
    why,
    latestWhy: why,
  };
}

function asStored({ right, receivedAt, regimes, promises, events }: ClockInputs): ComputedClocks['inputs'] {
  const stored = events.map(({ at, ...event }) => ({ ...event, at: at.toISOString() }));
  return { right, receivedAt: receivedAt.toISOString(), regimes, promises, events: stored };
}
