import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { loadCharter } from '@millrace/charter';
import { boardOf, type Finding, questionKey } from './board.js';

const charter = loadCharter(
  readFileSync(new URL('../../../../deploy/charters/fluxent.yaml', import.meta.url), 'utf8'),
  'fluxent.yaml',
);
const promise = charter.promises.find((one) => one.probe === 'identity.password-hashes')!;
const at = new Date('2026-11-22T10:00:00.000Z');
const later = (days: number) => new Date(at.getTime() + days * 86_400_000);

function stateWith(state: Finding['state'] | undefined, now = at) {
  const finding: Finding | undefined = state && { state, reason: 'as found', evidence: {}, at };
  const findings = new Map(finding ? [[questionKey(promise.probe!, promise.with), finding]] : []);
  return boardOf(charter, findings, now).promises.find((one) => one.id === promise.id)!.state;
}

describe('the state of a promise', () => {
  it.each([
    ['no finding', undefined, 0, 'unproven'],
    ['a fresh good finding', 'kept', 0, 'kept'],
    ['an old good finding', 'kept', 400, 'stale'],
    ['a bad finding', 'broken', 0, 'broken'],
    ['an old bad finding', 'broken', 400, 'broken'],
    ['a service that did not answer', 'unproven', 0, 'unproven'],
  ] as const)('after %s', (_what, found, days, expected) => {
    expect(stateWith(found, later(days))).toBe(expected);
  });

  it('takes no finding of other parameters', () => {
    const findings = new Map([
      [questionKey(promise.probe!, { other: 1 }), { state: 'kept', reason: '', evidence: {}, at } as const],
    ]);
    expect(boardOf(charter, findings, at).counts.kept).toBe(0);
  });

  it('counts every promise once, and none without a probe as anything but unproven', () => {
    const { counts, promises } = boardOf(charter, new Map(), at);
    expect(Object.values(counts).reduce((sum, one) => sum + one, 0)).toBe(promises.length);
    expect(counts.unproven).toBe(promises.length);
  });
});
