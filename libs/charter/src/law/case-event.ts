import { legalDayOf } from '../legal-day.js';
import type { WaitingReason } from './law.js';
import type { CountedFacts, Wait } from './period.js';

/** What can change the clocks of a case. */
export const caseEventKinds = [
  'identity-asked',
  'identity-shown',
  'clarification-asked',
  'clarification-answered',
  'extended',
] as const;

export interface CaseEvent {
  readonly kind: (typeof caseEventKinds)[number];
  readonly at: Date;
  /** Of an extension: why, as the person was told. It completes "because …" and names nobody. */
  readonly reason?: string;
}

const MEANING: Readonly<Record<CaseEvent['kind'], { asks?: WaitingReason; answers?: WaitingReason }>> = {
  'identity-asked': { asks: 'identity' },
  'identity-shown': { answers: 'identity' },
  'clarification-asked': { asks: 'clarification' },
  'clarification-answered': { answers: 'clarification' },
  extended: {},
};

/** The events of a case as the legal dates of one zone: questions with their answers, and the first extension. */
export function factsIn(
  zone: string,
  { right, receivedAt, events }: Pick<CountedFacts, 'right'> & { receivedAt: Date; events: readonly CaseEvent[] },
): CountedFacts {
  const inOrder = [...events].sort((a, b) => a.at.getTime() - b.at.getTime());
  const extended = inOrder.find(({ kind }) => kind === 'extended');
  return {
    right,
    receivedOn: legalDayOf(receivedAt, zone),
    waits: waitsOf(inOrder, zone),
    ...(extended
      ? { extended: { on: legalDayOf(extended.at, zone), reason: extended.reason ?? 'no reason was noted' } }
      : {}),
  };
}

/** A question that is asked again while it is open stays one wait. */
function waitsOf(inOrder: readonly CaseEvent[], zone: string): Wait[] {
  const waits: Wait[] = [];
  const openOf = (reason: WaitingReason) => waits.findIndex((wait) => wait.reason === reason && !wait.answeredOn);
  for (const { kind, at } of inOrder) {
    const { asks, answers } = MEANING[kind];
    const on = legalDayOf(at, zone);
    if (asks && openOf(asks) === -1) waits.push({ reason: asks, askedOn: on });
    const answered = answers ? openOf(answers) : -1;
    if (answered !== -1) waits[answered] = { ...waits[answered]!, answeredOn: on };
  }
  return waits;
}
