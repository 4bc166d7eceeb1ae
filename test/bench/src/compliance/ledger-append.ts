import { stopwatch } from '@millrace/kernel';
import { median } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import type { ComplianceArena } from './compliance-arena.js';

const ENTRIES = 100_000;
/** Entries that warm compilers, pools and caches and do not count. */
const WARM_UP = 10_000;

export const ledgerAppend: Contest<ComplianceArena> = {
  name: 'ledger-append',
  figures: {
    ledger_append_per_s: {
      work: 'audit entries with two personal fields, appended over NATS by four services at once in batches of 500, 100,000 in a row: leaves, hashes, openings and signed checkpoints committed in PostgreSQL',
      unit: '/s',
      atLeast: 5_000,
      aim: 10_000,
    },
  },
  measure,
};

async function measure(arena: ComplianceArena): Promise<Figures> {
  await appendEntries(arena, WARM_UP);
  const rates: number[] = [];
  for (let round = 0; round < arena.options.pairs; round++) {
    rates.push((ENTRIES / (await appendEntries(arena, ENTRIES))) * 1_000);
    arena.note(`  round ${round + 1}: ${Math.round(rates.at(-1)!)} entries/s`);
  }
  return { ledger_append_per_s: Math.round(median(rates)) };
}

/** Appends as many entries, evenly over the sources; gives how long that took in milliseconds, without making them. */
export async function appendEntries({ place }: ComplianceArena, count: number): Promise<number> {
  const { sources } = place();
  const written = sources.map((source) => source.write(Math.ceil(count / sources.length)));
  const elapsed = stopwatch();
  await Promise.all(sources.map((source, index) => source.send(written[index]!)));
  return elapsed();
}
