import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { loadCharter } from '@millrace/charter';
import { bothRounds } from './certificate.js';
import { backupsGoneAt, deadlineOf } from './deadline.js';

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
      const granted = Object.values(charter.document.rights.regimes).map((one) => one.answer);
      expect(granted.length).toBeGreaterThan(0);
      expect(days(received, deadlineOf(charter, 'access', received))).toBeLessThanOrEqual(45);
      expect(days(received, deadlineOf(charter, 'erasure', received))).toBeLessThanOrEqual(30);
    },
  );

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
