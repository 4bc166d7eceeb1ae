import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { regimes, rightTypes } from '../vocabulary.js';
import type { CaseEvent } from './case-event.js';
import { type ClockInputs, computeClocks } from './compute-clocks.js';
import { type WorkedExample, workedExamples } from './worked-examples.js';

const DAY_MS = 86_400_000;
const asked = (inputs: Partial<ClockInputs>) =>
  computeClocks({
    right: 'access',
    receivedAt: new Date('2026-11-22T12:00:00.000Z'),
    regimes: ['gdpr'],
    promises: [],
    events: [],
    ...inputs,
  });

function clockOf({ regime, right, step, receivedAt, events = [] }: WorkedExample) {
  const happened = events.map((event) => ({ ...event, at: new Date(event.at) }));
  const { clocks } = asked({ right, receivedAt: new Date(receivedAt), regimes: [regime], events: happened });
  return clocks.find((clock) => clock.step === step)!;
}

describe('worked examples', () => {
  it('are many, each with its source', () => {
    expect(workedExamples.length).toBeGreaterThanOrEqual(80);
    expect(workedExamples.filter(({ source }) => source.length < 8)).toEqual([]);
    expect(new Set(workedExamples.map(({ what }) => what)).size).toBe(workedExamples.length);
    expect(new Set(workedExamples.map(({ regime }) => regime))).toEqual(new Set(regimes));
  });

  it.each(workedExamples.map((example) => [example.what, example] as const))('%s', (_what, example) => {
    const { targetOn, latestOn } = clockOf(example);
    expect({ targetOn, latestOn }).toEqual({ targetOn: example.target, latestOn: example.latest });
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
