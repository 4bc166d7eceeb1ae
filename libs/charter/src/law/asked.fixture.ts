import { type ClockInputs, type ComputedClocks, computeClocks } from './compute-clocks.js';

/** A copy asked for on 22 November 2026 under the GDPR, unless said otherwise. */
export const asked = (inputs: Partial<ClockInputs>): ComputedClocks =>
  computeClocks({
    right: 'access',
    receivedAt: new Date('2026-11-22T12:00:00.000Z'),
    regimes: ['gdpr'],
    promises: [],
    events: [],
    ...inputs,
  });
