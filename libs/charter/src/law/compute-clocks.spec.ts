import { describe, expect, it } from '@jest/globals';
import { type Regime, rightTypes } from '../vocabulary.js';
import { asked } from './asked.fixture.js';
import type { CaseEvent } from './case-event.js';
import { computeHours } from './compute-hours.js';
import { authorityTold, laws } from './laws.js';

describe('a case', () => {
  const promise = { length: 'P30D', zone: 'Europe/Dublin', source: 'the charter' };

  it.each([
    ['2026-12-31T12:00:00.000Z', '2027-01-30', '2027-02-02', 'promise'],
    ['2027-01-31T12:00:00.000Z', '2027-02-28', '2027-03-01', 'gdpr'],
  ])('of %s is due by the earlier of law and promise', (received, target, latest, decides) => {
    const computed = asked({ receivedAt: new Date(received), promises: [promise] });
    expect([computed.targetAt, computed.latestAt].map((at) => at.slice(0, 10))).toEqual([target, latest]);
    expect(computed.why).toBe(computed.clocks.find(({ regime }) => regime === decides)!.why);
  });

  it('ends with the day in the zone of the law', () => {
    const ends = (regime: Regime) => asked({ regimes: [regime] }).targetAt;
    expect(ends('gdpr')).toBe('2026-12-22T23:59:59.999Z');
    expect(ends('fadp')).toBe('2026-12-22T22:59:59.999Z');
    expect(ends('ccpa')).toBe('2027-01-06T07:59:59.999Z');
    expect(ends('vcdpa')).toBe('2027-01-07T04:59:59.999Z');
  });

  it('is not due when receipt must be acknowledged, where there is an answer to give', () => {
    const computed = asked({ regimes: ['ccpa'] });
    expect(computed.clocks.map(({ step }) => step)).toEqual(['answer', 'acknowledge']);
    expect(computed.targetAt).toBe(computed.clocks[0]!.targetAt);
    expect(asked({ right: 'complaint', regimes: ['uk-gdpr'] }).targetAt.slice(0, 10)).toBe('2026-12-21');
  });

  it('runs promised hours on instants, whatever the clocks on the wall do', () => {
    const receivedAt = new Date('2026-10-24T19:00:00.000Z');
    const computed = asked({ receivedAt, promises: [{ ...promise, length: 'PT72H' }] });
    expect(computed.targetAt).toBe('2026-10-27T19:00:00.000Z');
  });

  it('keeps what went in', () => {
    const events: CaseEvent[] = [
      { kind: 'extended', at: new Date('2026-12-01T00:00:00.000Z'), reason: 'it is complex' },
    ];
    expect(asked({ events, promises: [promise] }).inputs).toEqual({
      right: 'access',
      receivedAt: '2026-11-22T12:00:00.000Z',
      regimes: ['gdpr'],
      promises: [promise],
      events: [{ kind: 'extended', at: '2026-12-01T00:00:00.000Z', reason: 'it is complex' }],
    });
  });

  it('without a law or a promise has no date to be given', () => {
    expect(() => asked({ right: 'appeal' })).toThrow('No law and no promise');
  });
});

describe('the explanation', () => {
  const happened = (...events: [CaseEvent['kind'], string, string?][]): CaseEvent[] =>
    events.map(([kind, on, reason]) => ({ kind, at: new Date(`${on}T12:00:00Z`), ...(reason ? { reason } : {}) }));

  it('names the period, the receipt and the law', () => {
    expect(asked({ regimes: ['fadp'] }).why).toBe(
      '30 days from receipt on 22 November 2026, Art. 25(7) FADP; Art. 18 DPO.',
    );
    expect(asked({ regimes: ['ccpa'] }).clocks[1]!.why).toBe(
      '10 business days beginning with receipt on 22 November 2026, 11 CCR 7021(a).',
    );
  });

  it('names the extension and its reason', () => {
    expect(asked({ events: happened(['extended', '2026-12-10', 'the request is complex.']) }).why).toBe(
      '1 month from receipt on 22 November 2026, Art. 12(3) GDPR; Regulation 1182/71 Art. 3; ' +
        'extended by 2 months on 10 December 2026 because the request is complex, Art. 12(3) GDPR.',
    );
    expect(asked({ events: happened(['extended', '2026-12-30', 'late']) }).why).toMatch(
      /; the notice of 30 December 2026 came after the first period and extends nothing\.$/,
    );
  });

  it('names what was waited for, and what still is', () => {
    const events = happened(['clarification-asked', '2026-11-25'], ['clarification-answered', '2026-12-02']);
    const { why, latestWhy } = asked({ regimes: ['uk-gdpr'], events });
    expect(why).toMatch(
      /; 6 days do not count because clarification was awaited from 25 November 2026 to 2 December 2026/,
    );
    expect(latestWhy).toMatch(/; 8 days do not count .*as the ICO reads it\.$/);
    expect(asked({ regimes: ['uk-gdpr'], events: events.slice(0, 1) }).why).toMatch(
      /; clarification has been awaited since 25 November 2026, which moves nothing yet\.$/,
    );
    const shown = happened(['identity-asked', '2026-11-25'], ['identity-shown', '2026-12-02']);
    expect(asked({ regimes: ['uk-gdpr'], events: shown }).why).toMatch(
      /beginning with 2 December 2026, when proof of who asks arrived for the request of 22 November 2026/,
    );
  });

  it('names the day off that moved the end', () => {
    expect(asked({ receivedAt: new Date('2026-11-25T12:00:00Z') }).latestWhy).toMatch(
      /; moved from 25 December 2026, a weekend or one of the public holidays in Ireland, to 28 December 2026\.$/,
    );
  });
});

describe('hours', () => {
  it.each([
    ['2026-11-27T16:20:00.000Z', '2026-11-30T16:20:00.000Z', '2026-11-30T17:00:00.000Z'],
    ['2026-10-24T19:00:00.000Z', '2026-10-27T19:00:00.000Z', '2026-10-27T20:00:00.000Z'],
  ])('from %s run on instants; the hour of the event may be left out', (from, targetAt, latestAt) => {
    expect(computeHours(authorityTold, new Date(from))).toMatchObject({ targetAt, latestAt });
  });
});

describe('the rows', () => {
  it('name a calendar wherever business days are counted, and a source everywhere', () => {
    for (const step of Object.values(laws).flatMap((law) => law.steps)) {
      expect(step.source).toMatch(/\d/);
      for (const reading of [step.target, step.latest])
        expect(Boolean(reading.businessDays)).toBe(step.dayType === 'business');
    }
  });

  it('give a right one answer in a regime', () => {
    for (const law of Object.values(laws))
      for (const right of rightTypes)
        for (const kind of ['acknowledge', 'answer', 'appeal'] as const)
          expect(law.steps.filter(({ step, rights }) => step === kind && rights.includes(right)).length).toBeLessThan(
            2,
          );
  });
});
