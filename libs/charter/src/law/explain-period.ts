import { humanDate, humanDuration } from '../promise/human-words.js';
import { holidayCalendars } from './holiday-calendars.js';
import type { LegalStep, Reading, WaitingReason } from './law.js';
import type { CountedFacts, CountedPeriod } from './period.js';

const AWAITED: Readonly<Record<WaitingReason, string>> = {
  identity: 'proof of who asks',
  clarification: 'clarification',
};

/** Why a period ends when it does: one sentence. */
export function explainPeriod(step: LegalStep, reading: Reading, facts: CountedFacts, counted: CountedPeriod): string {
  const clauses = [
    `${lengthWords(step)} ${beginWords(reading, facts, counted)}, ${step.source}`,
    ...waitWords(reading, facts, counted),
    ...extensionWords(step, facts, counted),
    ...rollWords(reading, counted),
  ];
  return `${clauses.join('; ')}.`;
}

function lengthWords({ length, dayType }: LegalStep): string {
  const words = humanDuration(length);
  return dayType === 'business' ? words.replace('day', 'business day') : words;
}

function beginWords({ firstDay }: Reading, { receivedOn }: CountedFacts, { beginsOn }: CountedPeriod): string {
  const from = firstDay === 'event' ? 'beginning with' : 'from';
  if (beginsOn === receivedOn) return `${from} receipt on ${humanDate(receivedOn)}`;
  return `${from} ${humanDate(beginsOn)}, when ${AWAITED.identity} arrived for the request of ${humanDate(receivedOn)}`;
}

function waitWords(reading: Reading, { waits }: CountedFacts, { paused }: CountedPeriod): string[] {
  const counted = paused.flatMap(({ rule, wait, days }) =>
    wait.answeredOn
      ? [
          `${days} ${days === 1 ? 'day does' : 'days do'} not count because ${AWAITED[wait.reason]} was awaited from ` +
            `${humanDate(wait.askedOn)} to ${humanDate(wait.answeredOn)}, ${rule.source}`,
        ]
      : [],
  );
  const open = waits
    .filter(({ answeredOn, reason }) => !answeredOn && reading.pauses.some((rule) => rule.reason === reason))
    .map(
      ({ reason, askedOn }) =>
        `${AWAITED[reason]} has been awaited since ${humanDate(askedOn)}, which moves nothing yet`,
    );
  return [...counted, ...open];
}

function extensionWords({ extension }: LegalStep, { extended }: CountedFacts, counted: CountedPeriod): string[] {
  if (!extension || !extended || counted.extension === 'none') return [];
  const on = humanDate(extended.on);
  if (counted.extension === 'late') return [`the notice of ${on} came after the first period and extends nothing`];
  const reason = extended.reason.trim().replace(/\.$/, '');
  return [`extended by ${humanDuration(extension.adds)} on ${on} because ${reason}, ${extension.source}`];
}

function rollWords({ rollsBy }: Reading, { rolledFrom, endsOn }: CountedPeriod): string[] {
  if (!rolledFrom || !rollsBy) return [];
  const calendar = holidayCalendars[rollsBy].title;
  return [`moved from ${humanDate(rolledFrom)}, a weekend or one of the ${calendar}, to ${humanDate(endsOn)}`];
}
