/** Most groups that one metric tells apart. */
export const MAX_GROUPS = 10_000;
/** Most values of all groups, of all metrics over a stream together: about 150 MB. */
const MAX_VALUES = 1_000_000;
/** Most prints of people and of different values that are remembered for all metrics over a stream: about 40 MB. */
const MAX_PRINTS = 1_000_000;
/** Most sketches (percentiles, many different values) of all metrics over a stream: at most 16 kB each. */
const MAX_SKETCHES = 10_000;

/** A metric that would need more memory than there is for it; the run that it is folded in goes on. */
export class TooWide extends Error {
  override readonly name = 'TooWide';

  constructor(readonly fault: 'too-many-groups' | 'too-large') {
    super('The metric needs more memory than there is for it');
  }
}

type Holdings = Record<'values' | 'prints' | 'sketches', number>;

/** What all metrics over a stream may hold together. */
export class StreamBudget {
  readonly left: Holdings = { values: MAX_VALUES, prints: MAX_PRINTS, sketches: MAX_SKETCHES };
}

/** What one metric holds, out of what its stream has left. */
export class FoldBudget {
  private groups = 0;
  private readonly held: Holdings = { values: 0, prints: 0, sketches: 0 };

  constructor(private readonly stream: StreamBudget) {}

  /** @throws TooWide */
  takeGroup(values: number): void {
    if (this.groups === MAX_GROUPS) throw new TooWide('too-many-groups');
    this.groups++;
    this.take('values', values);
  }

  /** @throws TooWide */
  takePrint(): void {
    this.take('prints', 1);
  }

  givePrints(count: number): void {
    this.take('prints', -count);
  }

  /** @throws TooWide */
  takeSketch(): void {
    this.take('sketches', 1);
  }

  /** Gives back everything. */
  release(): void {
    for (const what of Object.keys(this.held) as (keyof Holdings)[]) this.take(what, -this.held[what]);
    this.groups = 0;
  }

  private take(what: keyof Holdings, count: number): void {
    const { left } = this.stream;
    if (left[what] < count) throw new TooWide('too-large');
    left[what] -= count;
    this.held[what] += count;
  }
}
