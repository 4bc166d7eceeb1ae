import { delay, stopwatch } from '@millrace/kernel';

/** Longest rest. In milliseconds: a piece of work that took longer waited for something itself. */
const MAX_REST_MS = 500;

/** Does one piece of work at a time and rests after each for as long as it took, so that others come first. */
export class PatientTurns {
  private last: Promise<void> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(async () => {
      const elapsed = stopwatch();
      return { result: await work(), tookMs: elapsed() };
    });
    this.last = done.then(
      ({ tookMs }) => delay(Math.min(tookMs, MAX_REST_MS)),
      () => undefined,
    );
    return done.then(({ result }) => result);
  }
}
