import os from 'node:os';
import { systemClock } from '@millrace/kernel';
import { writeBenchmarks } from './benchmarks-page.js';
import type { Contest, Figures } from './contest.js';
import { printedTable } from './figure-table.js';
import type { BenchOptions } from './options.js';

/** One program of measurements: what it compares, where, and which section of docs/benchmarks.md is its own. */
export interface Bench<A> {
  /** `npm run bench:<name>`. */
  readonly name: string;
  readonly contests: readonly Contest<A>[];
  /** Opens the arena, has the work done in it, and closes it again. */
  readonly within: (
    options: BenchOptions,
    note: (line: string) => void,
    work: (arena: A) => Promise<Figures>,
  ) => Promise<Figures>;
  /** Under which sizes and versions it was measured, in a few words. */
  readonly circumstances: (options: BenchOptions) => string;
}

/** Measures, prints the table, and writes the figures of a full run into the documentation. */
export async function runBench<A>(bench: Bench<A>, options: BenchOptions): Promise<void> {
  const note = (line: string) => void (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  const contests = chosenContests(bench.contests, options.only);
  const load = os.loadavg()[0]!.toFixed(1);
  const figures = await bench.within(options, note, (arena) =>
    measureAll(bench, contests, { arena, options, load, note }),
  );
  for (const line of printedTable(bench.contests, figures)) note(line);
  note(`${bench.circumstances(options)}, load ${load} at the start`);
  if (!options.isFull) note('A rehearsal: docs/benchmarks.md keeps the figures of the full size.');
  if (options.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
}

interface Measuring<A> {
  readonly arena: A;
  readonly options: BenchOptions;
  readonly load: string;
  readonly note: (line: string) => void;
}

/** A contest that breaks does not take the others' figures with it; the program then ends with an error all the same. */
async function measureAll<A>(
  bench: Bench<A>,
  contests: readonly Contest<A>[],
  { arena, options, load, note }: Measuring<A>,
): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const contest of contests) {
    note(`${contest.name}:`);
    try {
      const measured = await contest.measure(arena);
      Object.assign(figures, measured);
      // After each contest: a run of the full size takes long, and what it has found so far should outlive it.
      const day = systemClock.now().toISOString().slice(0, 10);
      if (options.isFull) await writeBenchmarks(bench, measured, `${day}, ${options.pairs} rounds, load ${load}`);
    } catch (error) {
      process.exitCode = 1;
      note(`  broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  return figures;
}

/**
 * Those that are named, by their own name or by that of one of their figures; all of them for no name.
 *
 * @throws Error when there is nothing of a name
 */
function chosenContests<A>(contests: readonly Contest<A>[], names: readonly string[]): readonly Contest<A>[] {
  const isCalled = ({ name, figures }: Contest<A>, wanted: string) => name === wanted || Object.hasOwn(figures, wanted);
  const unknown = names.find((name) => !contests.some((contest) => isCalled(contest, name)));
  if (unknown !== undefined) {
    const known = contests.map(({ name }) => name).join(', ');
    throw new Error(`There is no contest or figure "${unknown}". There are: ${known}`);
  }
  return names.length === 0 ? contests : contests.filter((contest) => names.some((name) => isCalled(contest, name)));
}
