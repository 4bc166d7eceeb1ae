import type { FoldBudget } from './fold-budget.js';

/** Whether at least as many people are meant as the charter asks for. */
export interface PeopleCount {
  readonly isEnough: boolean;
  /** Exact below the minimum; from there on only that it is reached. */
  readonly count: number;
  /** Who they are, by prints; undefined where each record is a person of its own. */
  readonly prints: ReadonlySet<number> | undefined;
  /** @throws TooWide */
  add(print: number): void;
}

/** Tells people apart by a column, until there are enough of them. */
export class DifferentPeople implements PeopleCount {
  private seen: Set<number> | undefined = new Set();

  constructor(
    private readonly minimum: number,
    private readonly budget: FoldBudget,
  ) {}

  get isEnough(): boolean {
    return this.seen === undefined;
  }

  get count(): number {
    return this.seen?.size ?? this.minimum;
  }

  get prints(): ReadonlySet<number> {
    return this.seen ?? new Set();
  }

  add(print: number): void {
    const { seen } = this;
    if (!seen || seen.has(print)) return;
    this.budget.takePrint();
    seen.add(print);
    if (seen.size < this.minimum) return;
    this.budget.givePrints(seen.size);
    this.seen = undefined;
  }
}

/** Each record counts as a person of its own. */
export class RecordsAsPeople implements PeopleCount {
  count = 0;
  readonly prints = undefined;

  constructor(private readonly minimum: number) {}

  get isEnough(): boolean {
    return this.count >= this.minimum;
  }

  add(): void {
    this.count++;
  }
}
