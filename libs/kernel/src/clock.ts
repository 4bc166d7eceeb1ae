/** The only source of "now" in the product. Tests move it; nothing else reads the system time. */
export interface Clock {
  /** The present instant, with milliseconds. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still until a test moves it. */
export class MovableClock implements Clock {
  constructor(private instant: Date = new Date()) {}

  now(): Date {
    return new Date(this.instant);
  }

  /** Moves the clock by `ms` milliseconds; a negative number moves it back. */
  advance(ms: number): void {
    this.instant = new Date(this.instant.getTime() + ms);
  }

  set(instant: Date): void {
    this.instant = new Date(instant);
  }
}

/** Monotonic milliseconds for measuring how long something took; never an instant. */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => performance.now() - start;
}
