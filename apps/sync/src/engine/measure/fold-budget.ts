/** Most groups that one metric tells apart. */
export const MAX_GROUPS = 10_000;
/** Most prints of people and of different values that one metric remembers: about 40 MB. */
const MAX_PRINTS = 1_000_000;
/** Most sketches (percentiles, many different values) that one metric keeps: at most 16 kB each. */
const MAX_SKETCHES = 10_000;

/** A metric that would need more memory than one may have; the run that it is folded in goes on. */
export class TooWide extends Error {
  override readonly name = 'TooWide';

  constructor(readonly fault: 'too-many-groups' | 'too-large') {
    super('The metric needs more memory than one may have');
  }
}

/** What one metric may still remember. */
export class FoldBudget {
  private prints = MAX_PRINTS;
  private sketches = MAX_SKETCHES;
  private groups = MAX_GROUPS;

  /** @throws TooWide */
  takeGroup(): void {
    if (--this.groups < 0) throw new TooWide('too-many-groups');
  }

  /** @throws TooWide */
  takePrint(): void {
    if (--this.prints < 0) throw new TooWide('too-large');
  }

  givePrints(count: number): void {
    this.prints += count;
  }

  /** @throws TooWide */
  takeSketch(): void {
    if (--this.sketches < 0) throw new TooWide('too-large');
  }
}
