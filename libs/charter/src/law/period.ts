import { parseDuration } from '@millrace/kernel';
import type { RightType } from '../vocabulary.js';
import type { LegalStep, PauseRule, Reading, WaitingReason } from './law.js';
import { lastOfMonthsBeginningWith, plusDays, plusMonths } from './legal-date.js';
import { nthWorkingDay, orNextWorkingDay } from './working-day.js';

/** A question to the person; without an answer it is still open. Legal dates in the law's zone. */
export interface Wait {
  readonly reason: WaitingReason;
  readonly askedOn: string;
  readonly answeredOn?: string;
}

/** What a period is counted from. Legal dates in the law's zone. */
export interface CountedFacts {
  readonly right: RightType;
  readonly receivedOn: string;
  /** In the order in which they were asked. */
  readonly waits: readonly Wait[];
  readonly extended?: { readonly on: string; readonly reason: string };
}

/** A period as one reading counts it, with everything that an explanation needs. */
export interface CountedPeriod {
  readonly beginsOn: string;
  readonly endsOn: string;
  /** Where the period ended before it was moved to a working day. */
  readonly rolledFrom?: string;
  readonly paused: readonly { readonly rule: PauseRule; readonly wait: Wait; readonly days: number }[];
  readonly extension: 'none' | 'in-time' | 'late';
}

/** Counts one period by one reading. */
export function countPeriod(step: LegalStep, reading: Reading, facts: CountedFacts): CountedPeriod {
  const rules = reading.pauses.filter(({ rights }) => !rights || rights.includes(facts.right));
  const beginsOn = beginning(step, reading, rules, facts);
  const first = endWith([step.length], step, reading, rules, beginsOn, facts);
  const { extended } = facts;
  if (!extended || !step.extension) return { beginsOn, ...first, extension: 'none' };
  if (extended.on > first.endsOn) return { beginsOn, ...first, extension: 'late' };
  const lengths = [step.length, step.extension.adds];
  return { beginsOn, ...endWith(lengths, step, reading, rules, beginsOn, facts), extension: 'in-time' };
}

/** The day of receipt, or of the answer that starts the period anew. */
function beginning(step: LegalStep, reading: Reading, rules: readonly PauseRule[], facts: CountedFacts): string {
  let day = facts.receivedOn;
  for (const { reason, askedOn, answeredOn } of facts.waits) {
    const restarts = rules.some((rule) => rule.reason === reason && rule.counts === 'restart');
    const isInTime = askedOn <= lastDay([step.length], step, reading, day);
    if (restarts && isInTime && answeredOn && answeredOn > day) day = answeredOn;
  }
  return day;
}

type End = Pick<CountedPeriod, 'endsOn' | 'rolledFrom' | 'paused'>;

/** A wait that begins after the period has ended changes nothing. */
function endWith(
  lengths: readonly string[],
  step: LegalStep,
  reading: Reading,
  rules: readonly PauseRule[],
  beginsOn: string,
  { waits }: CountedFacts,
): End {
  const unpaused = lastDay(lengths, step, reading, beginsOn);
  const spared = new Set<string>();
  const paused: CountedPeriod['paused'][number][] = [];
  for (const wait of waits) {
    const rule = rules.find(({ reason, counts }) => reason === wait.reason && counts !== 'restart');
    if (!rule || wait.askedOn > plusDays(unpaused, spared.size)) continue;
    const before = spared.size;
    for (const day of sparedDays(rule, wait)) if (day >= beginsOn) spared.add(day);
    paused.push({ rule, wait, days: spared.size - before });
  }
  const endsOn = plusDays(unpaused, spared.size);
  const rolled = reading.rollsBy ? orNextWorkingDay(endsOn, reading.rollsBy) : endsOn;
  return { endsOn: rolled, paused, ...(rolled === endsOn ? {} : { rolledFrom: endsOn }) };
}

/** Which of the days of a wait do not count: from after the question or with it, until before the answer or with it. */
const SPARED = {
  restart: undefined,
  'whole-days': { after: 1, before: 1 },
  'both-days': { after: 0, before: 0 },
  'from-asking': { after: 0, before: 1 },
} as const;

function sparedDays({ counts }: PauseRule, { askedOn, answeredOn }: Wait): string[] {
  const edges = SPARED[counts];
  if (!edges || !answeredOn) return [];
  const days: string[] = [];
  const last = plusDays(answeredOn, -edges.before);
  for (let day = plusDays(askedOn, edges.after); day <= last; day = plusDays(day, 1)) days.push(day);
  return days;
}

/** The last day of a period without pauses: years and months first, then days. */
function lastDay(lengths: readonly string[], step: LegalStep, reading: Reading, beginsOn: string): string {
  const { months, days } = sumOf(lengths);
  const countsFirst = reading.firstDay === 'event';
  if (step.dayType === 'business') {
    if (!reading.businessDays) throw new Error('A period of business days needs a calendar.');
    return nthWorkingDay(plusDays(beginsOn, countsFirst ? 0 : 1), days, reading.businessDays);
  }
  if (days === 0 && countsFirst) return lastOfMonthsBeginningWith(beginsOn, months);
  return plusDays(plusMonths(beginsOn, months), countsFirst ? days - 1 : days);
}

function sumOf(lengths: readonly string[]): { months: number; days: number } {
  const parts = lengths.map((text) => {
    const duration = parseDuration(text);
    if (!duration || duration.seconds > 0) throw new Error('A legal period lasts days, months or years.');
    return duration;
  });
  const total = (of: (part: (typeof parts)[number]) => number) => parts.reduce((sum, part) => sum + of(part), 0);
  return { months: total((part) => part.years * 12 + part.months), days: total((part) => part.days) };
}
