import { describe, expect, it, jest } from '@jest/globals';
import { RelayLoop } from './relay-loop.js';

/** A loop on a clock that stands still until it is moved. */
function watched(options?: { readonly restMs?: number }) {
  jest.useFakeTimers();
  let passes = 0;
  const loop = new RelayLoop(
    async () => {
      passes += 1;
      return false;
    },
    () => undefined,
    options,
  );
  return {
    loop,
    passesAfter: async (ms: number) => {
      await jest.advanceTimersByTimeAsync(ms);
      return passes;
    },
  };
}

describe('a relay loop', () => {
  it('begins at once when it is woken, and looks once a second otherwise', async () => {
    const { loop, passesAfter } = watched();
    loop.start();
    expect(await passesAfter(0)).toBe(1);
    loop.wake();
    expect(await passesAfter(0)).toBe(2);
    expect(await passesAfter(999)).toBe(2);
    expect(await passesAfter(2)).toBe(3);
    await loop.stop();
    expect(await passesAfter(5_000)).toBe(3);
  });

  it('takes the wake-ups of a rest together, and the first after a longer silence at once', async () => {
    const { loop, passesAfter } = watched({ restMs: 100 });
    loop.start();
    expect(await passesAfter(0)).toBe(1);
    for (let count = 0; count < 9; count++) {
      loop.wake();
      expect(await passesAfter(10)).toBe(1);
    }
    expect(await passesAfter(15)).toBe(2);
    expect(await passesAfter(200)).toBe(2);
    loop.wake();
    expect(await passesAfter(0)).toBe(3);
    await loop.stop();
  });
});
