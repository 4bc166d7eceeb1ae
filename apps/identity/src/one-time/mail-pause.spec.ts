import { describe, expect, it } from '@jest/globals';
import { mailPause } from './mail-pause.js';

const now = new Date('2026-04-22T12:00:00Z');
const ago = (...seconds: number[]) => seconds.map((one) => ({ createdAt: new Date(now.getTime() - one * 1000) }));

describe('the pause between mails', () => {
  it.each([
    [[], false],
    [[29], true],
    [[31], false],
    [[31, 62], true],
    [[61, 62], false],
    [[300, 400, 500, 600], false],
    [[200, 400, 500, 600], true],
    [Array(8).fill(3_500), true],
  ])('after mails %j seconds ago is on: %j', (seconds, isOn) => {
    expect(mailPause.isOn(ago(...seconds), now)).toBe(isOn);
  });

  it('counts an hour', () => {
    expect(mailPause.since(now)).toEqual(new Date('2026-04-22T11:00:00Z'));
  });
});
