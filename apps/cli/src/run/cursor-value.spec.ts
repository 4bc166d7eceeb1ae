import { describe, expect, it } from '@jest/globals';
import { cursorValue } from './run.commands.js';

describe('a value of a cursor on the command line', () => {
  it.each([
    ['42', 42],
    ['2026-04-22', '2026-04-22T00:00:00.000Z'],
    ['2026-04-22T09:30:00+02:00', '2026-04-22T07:30:00.000Z'],
  ])('%s is %p', (text, value) => {
    expect(cursorValue(text)).toBe(value);
  });

  it.each(['yesterday', '-5', '1.5', '2026-13-01', '99999999999999999999'])('%s is refused', (text) => {
    expect(() => cursorValue(text)).toThrow(expect.objectContaining({ code: 'cli.usage' }));
  });
});
