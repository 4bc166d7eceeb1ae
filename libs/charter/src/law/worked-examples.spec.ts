import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { regimes, rightTypes } from '../vocabulary.js';
import { asked } from './asked.fixture.js';
import type { CaseEvent } from './case-event.js';
import { workedExamples } from './worked-examples.js';

const DAY_MS = 86_400_000;

/** Noon in UTC where no time is given. */
const instantOf = (text: string) => new Date(text.includes('T') ? text : `${text}T12:00:00.000Z`);

function eventOf(text: string): CaseEvent {
  const [kind, at] = text.split(' ') as [CaseEvent['kind'], string];
  return { kind, at: instantOf(at), ...(kind === 'extended' ? { reason: 'there are many requests' } : {}) };
}

describe('worked examples', () => {
  const rows = workedExamples.flatMap((group) => group.rows.map((row) => [row[0], group, row] as const));

  it('are many, each with its source, for every law', () => {
    expect(rows.length).toBeGreaterThanOrEqual(80);
    expect(workedExamples.filter(({ source }) => !/\d/.test(source))).toEqual([]);
    expect(new Set(rows.map(([what]) => what)).size).toBe(rows.length);
    expect(new Set(workedExamples.map(({ regime }) => regime))).toEqual(new Set(regimes));
  });

  it.each(rows)('%s', (_what, { regime, right, step }, [, received, target, latest, ...events]) => {
    const inputs = { right, receivedAt: instantOf(received), regimes: [regime], events: events.map(eventOf) };
    const clock = asked(inputs).clocks.find((one) => one.step === step)!;
    expect({ target: clock.targetOn, latest: clock.latestOn }).toEqual({ target, latest });
  });
});

describe('every clock', () => {
  const instant = fc.date({ min: new Date('2024-01-01'), max: new Date('2040-12-31'), noInvalidDate: true });
  const story = fc
    .tuple(fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 5, maxLength: 5 }), fc.boolean(), fc.boolean())
    .map(([days, hasWaits, isExtended]) => ({ days, hasWaits, isExtended }));
  const eventsAfter = (
    start: Date,
    { days, hasWaits, isExtended }: { days: number[]; hasWaits: boolean; isExtended: boolean },
  ) => {
    const at = (index: number) => new Date(start.getTime() + days[index]! * DAY_MS);
    const waits: CaseEvent[] = [
      { kind: 'identity-asked', at: at(0) },
      { kind: 'identity-shown', at: at(1) },
      { kind: 'clarification-asked', at: at(2) },
      { kind: 'clarification-answered', at: at(3) },
    ];
    return [...(hasWaits ? waits : []), ...(isExtended ? [{ kind: 'extended', at: at(4), reason: 'r' } as const] : [])];
  };
  const clocksFor = (right: (typeof rightTypes)[number], receivedAt: Date, events: CaseEvent[]) =>
    asked({ right, receivedAt, regimes, events, promises: [{ length: 'P30D', zone: 'UTC', source: 'the charter' }] })
      .clocks;

  it('has a target that is not after its latest date, and neither is before receipt', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rightTypes), instant, story, (right, receivedAt, happened) => {
        for (const { targetAt, latestAt, why } of clocksFor(right, receivedAt, eventsAfter(receivedAt, happened))) {
          expect(targetAt <= latestAt).toBe(true);
          expect(targetAt >= receivedAt.toISOString()).toBe(true);
          expect(why).toMatch(/^[^.].*receipt|request.*\.$/);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is never earlier for a later receipt', () => {
    const later = fc.integer({ min: 0, max: 40 * DAY_MS });
    fc.assert(
      fc.property(fc.constantFrom(...rightTypes), instant, later, story, (right, receivedAt, by, happened) => {
        const second = new Date(receivedAt.getTime() + by);
        const events = eventsAfter(second, happened);
        const before = clocksFor(right, receivedAt, events);
        clocksFor(right, second, events).forEach(({ targetAt, latestAt }, index) => {
          expect(targetAt >= before[index]!.targetAt).toBe(true);
          expect(latestAt >= before[index]!.latestAt).toBe(true);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('is never earlier for a wait or an extension', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rightTypes), instant, story, (right, receivedAt, happened) => {
        const plain = clocksFor(right, receivedAt, []);
        clocksFor(right, receivedAt, eventsAfter(receivedAt, happened)).forEach(({ targetAt, latestAt }, index) => {
          expect(targetAt >= plain[index]!.targetAt).toBe(true);
          expect(latestAt >= plain[index]!.latestAt).toBe(true);
        });
      }),
      { numRuns: 150 },
    );
  });
});
