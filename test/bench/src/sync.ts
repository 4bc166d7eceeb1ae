import os from 'node:os';
import { systemClock } from '@millrace/kernel';
import { type Arena, withArena } from './arena.js';
import { writeBenchmarks } from './benchmarks-page.js';
import type { Contest, Figures } from './contest.js';
import { chosenContests } from './contests.js';
import { printedTable } from './figure-table.js';
import { parseOptions } from './options.js';
import { psqlVersion } from './psql.js';

const options = parseOptions(process.argv.slice(2));
const note = (line: string) => void (options.json ? process.stderr : process.stdout).write(`${line}\n`);

async function main(): Promise<void> {
  const contests = chosenContests(options.only);
  const version = psqlVersion();
  if (!version)
    throw new Error('No psql on the PATH: without the native pipe the figure is void. Install postgresql-client.');
  const load = os.loadavg()[0]!.toFixed(1);
  const figures = await withArena(options, note, (arena) => measureAll(contests, arena, load));
  for (const line of printedTable(figures)) note(line);
  note(
    `psql ${version}, ${options.rows} rows, medians of ${options.pairs} interleaved rounds, load ${load} at the start`,
  );
  if (!options.isFull) note('A rehearsal: docs/benchmarks.md keeps the figures of the full size.');
  if (options.json) process.stdout.write(`${JSON.stringify(figures)}\n`);
}

/** A contest that breaks does not take the others' figures with it; the program then ends with an error all the same. */
async function measureAll(contests: readonly Contest[], arena: Arena, load: string): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const contest of contests) {
    note(`${contest.name}:`);
    try {
      const measured = await contest.measure(arena);
      Object.assign(figures, measured);
      if (options.isFull) await publish(measured, load);
    } catch (error) {
      process.exitCode = 1;
      note(`  broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  return figures;
}

/** After each contest: a run of the full size takes long, and what it has found so far should outlive it. */
async function publish(measured: Figures, load: string): Promise<void> {
  const day = systemClock.now().toISOString().slice(0, 10);
  await writeBenchmarks(measured, `${day}, ${options.pairs} rounds, load ${load}`);
}

await main();
