import { describe, expect, it } from '@jest/globals';
import { delay, stopwatch } from '@millrace/kernel';
import { PatientTurns } from './patient-turns.js';

describe('patient turns', () => {
  it('do one piece of work at a time, in order, and rest after each for as long as it took', async () => {
    const turns = new PatientTurns();
    const elapsed = stopwatch();
    const begun: number[] = [];
    let atWork = 0;
    const results = await Promise.all(
      [1, 2, 3].map((name) =>
        turns.take(async () => {
          begun.push(elapsed());
          expect(++atWork).toBe(1);
          await delay(60);
          atWork--;
          return name;
        }),
      ),
    );
    expect(results).toEqual([1, 2, 3]);
    expect(begun[1]! - begun[0]!).toBeGreaterThanOrEqual(110);
    expect(begun[2]! - begun[1]!).toBeGreaterThanOrEqual(110);
  });

  it('go on after one that failed', async () => {
    const turns = new PatientTurns();
    const failing = turns.take(() => Promise.reject(new Error('away')));
    const next = turns.take(() => Promise.resolve('next'));
    await expect(failing).rejects.toThrow('away');
    expect(await next).toBe('next');
  });
});
