import { auditLedger } from '@millrace/contracts';
import { stopwatch } from '@millrace/kernel';
import { median, rounded } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import type { ComplianceArena } from './compliance-arena.js';
import { appendEntries } from './ledger-append.js';

/** Made at a time, so that this process keeps no million of them. */
const STEP = 50_000;

export const ledgerVerify: Contest<ComplianceArena> = {
  name: 'ledger-verify',
  figures: {
    ledger_verify_1m_s: {
      work: '`millrace ledger verify` over a million entries right after a restart of everything: columns, leaves, commitments and inner hashes recomputed from PostgreSQL, checkpoints verified',
      unit: 's',
      atMost: 15,
    },
  },
  measure,
};

async function measure(arena: ComplianceArena): Promise<Figures> {
  await fill(arena);
  const times: number[] = [];
  for (let round = 0; round < arena.options.pairs; round++) {
    await arena.restart();
    const elapsed = stopwatch();
    const caller = { kind: 'service', name: 'operator' } as const;
    const { treeSize, findings } = await arena.place().operator.runtime.client.call(auditLedger, {}, caller);
    if (findings.length) throw new Error(`The ledger does not hold: ${JSON.stringify(findings.slice(0, 3))}`);
    // A little more than was asked for is in it: what rounds of appending left, and what the region itself did.
    times.push((elapsed() / treeSize) * 1_000_000);
    arena.note(`  round ${round + 1}: ${(times.at(-1)! / 1_000).toFixed(1)} s for a million of ${treeSize} entries`);
  }
  return { ledger_verify_1m_s: rounded(median(times) / 1_000) };
}

async function fill(arena: ComplianceArena): Promise<void> {
  const written = () => arena.place().sources.reduce((sum, source) => sum + source.lastNumber(), 0);
  while (written() < arena.options.rows) await appendEntries(arena, Math.min(STEP, arena.options.rows - written()));
}
