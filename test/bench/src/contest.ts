import type { Arena } from './arena.js';

/** What a figure must reach at least or may reach at most, and what we aim for. */
export interface Requirement {
  /** What is compared with what, in a few words for a reader of the table. */
  readonly work: string;
  readonly unit?: 'MB' | 's' | 'ms' | 'rows/s' | 'changes/s' | '/s' | '/min';
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly aim?: number;
}

/** Measured figures by name. One that could not be measured is left out. */
export type Figures = Readonly<Record<string, number>>;

/** One comparison, held in an arena `A`. All that it measures starts from the same. */
export interface Contest<A = Arena> {
  /** What `--only` says. */
  readonly name: string;
  readonly figures: Readonly<Record<string, Requirement>>;
  readonly measure: (arena: A) => Promise<Figures>;
}

/** Whether a figure is as good as it must be; undefined where nothing is required. */
export function reaches({ atLeast, atMost }: Requirement, value: number): boolean | undefined {
  if (atLeast !== undefined) return value >= atLeast;
  return atMost === undefined ? undefined : value <= atMost;
}
