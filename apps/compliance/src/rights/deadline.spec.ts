import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { loadCharter } from '@millrace/charter';
import { bothRounds } from './certificate.js';
import { backupsGoneAt, clocksOf, goneEverywhereAfter, goneEverywhereBy } from './deadline.js';

const load = (name: string) =>
  loadCharter(
    readFileSync(new URL(`../../../../deploy/charters/${name}.yaml`, import.meta.url), 'utf8'),
    `${name}.yaml`,
  );
const received = new Date('2026-02-01T10:00:00.000Z');
const days = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 86_400_000;

describe('deadlines', () => {
  it.each(['dataflow-xpert', 'fluxcascade', 'fluxent'])(
    '%s answers within the strictest clock that it grants',
    (name) => {
      const charter = load(name);
      for (const type of ['access', 'erasure'] as const) {
        const { targetAt, latestAt, clocks } = clocksOf(charter, type, received);
        const answers = clocks.filter(({ step }) => step === 'answer');
        expect(targetAt).toBe(answers.map((one) => one.targetAt).sort()[0]);
        expect(latestAt >= targetAt).toBe(true);
        const regimes = Object.keys(charter.document.rights.regimes);
        expect(new Set(answers.map(({ regime }) => regime))).toEqual(new Set([...regimes, 'promise']));
      }
    },
  );

  it('gives the day, the law that sets it and the life of backups in one sentence', () => {
    const charter = load('dataflow-xpert');
    const promised = goneEverywhereBy(charter, clocksOf(charter, 'erasure', received));
    expect(promised.explanation).toBe(
      "9 days from receipt on 1 February 2026, the charter's erasure.completeWithin, 30 days, less the 21 days for which " +
        `backups are kept; the last backup that holds it is gone 21 days later, the charter's backups.keep.`,
    );
    // 30 days end with the 30th day after receipt, in the zone of whoever promised them.
    expect(promised.at.toISOString()).toBe('2026-03-04T04:59:59.999Z');
    expect(goneEverywhereAfter(charter, received).explanation).toMatch(/^Erased on 1 February 2026; the last backup/);
  });

  it('keeps what it was computed with', () => {
    const { inputs, ruleVersion, calendarVersion } = clocksOf(load('fluxcascade'), 'erasure', received);
    expect(inputs).toMatchObject({ right: 'erasure', receivedAt: received.toISOString(), regimes: ['gdpr', 'ccpa'] });
    // The last of them: 30 days, backups included, which live for 21.
    expect(inputs.promises.map(({ length }) => length)).toEqual(['P30D', 'P45D', 'P9D']);
    expect([ruleVersion, calendarVersion]).toEqual([
      expect.stringMatching(/^2026-11-27\+[0-9a-f]{12}$/),
      expect.stringMatching(/^2026-11-27\+[0-9a-f]{12}$/),
    ]);
  });

  it('counts the life of backups from the deletion', () => {
    expect(days(received, backupsGoneAt(load('fluxcascade'), received))).toBe(21);
  });
});

describe('both rounds of an erasure', () => {
  it('add up what they erased and keep what is left after the second', () => {
    const first = { erased: [{ table: 'log', rows: 2 }], kept: [{ table: 'leaf', rows: 1, reason: 'r' }] };
    const second = {
      erased: [
        { table: 'log', rows: 1 },
        { table: 'inbox', rows: 4 },
      ],
      kept: [],
    };
    expect(bothRounds(first, second)).toEqual({
      erased: [
        { table: 'log', rows: 3 },
        { table: 'inbox', rows: 4 },
      ],
      kept: [],
    });
    expect(bothRounds(null, second)).toEqual(second);
  });
});
