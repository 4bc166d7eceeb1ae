import { stopwatch } from './clock.js';

/** Resolves after `ms` milliseconds, or rejects with the signal's reason when `signal` aborts first. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Polls `condition` until it gives something truthy and returns that; rejects after `timeoutMs` naming `what`.
 * The wait between polls starts at 10 ms and grows to 250 ms.
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  condition: () => Promise<T> | T,
): Promise<NonNullable<T>> {
  const elapsed = stopwatch();
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 250)) {
    const value = await condition();
    if (value) return value as NonNullable<T>;
    if (elapsed() > timeoutMs) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
    await delay(pause);
  }
}

/** Milliseconds to wait before attempt `attempt` (1 = first retry): exponential from `baseMs` to `maxMs`, with full jitter. */
export function backoff(attempt: number, baseMs = 100, maxMs = 30_000): number {
  return Math.random() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 20));
}
