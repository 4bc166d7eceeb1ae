import { resolveSession } from '@millrace/contracts';
import { hashOpaqueToken } from '@millrace/crypto';
import { stopwatch } from '@millrace/kernel';
import { median } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import { inParallel } from '../in-parallel.js';
import type { IdentityArena } from './identity-arena.js';

const CHECKS = 3_000;
const AT_ONCE = 16;

export const sessionChecks: Contest<IdentityArena> = {
  name: 'session-checks',
  figures: {
    session_checks_per_s: {
      work: 'who a session belongs to, asked by the gateway over NATS and looked up in PostgreSQL, 16 at a time',
      unit: '/s',
    },
  },
  measure,
};

async function measure({ options, region, sessionToken, note }: IdentityArena): Promise<Figures> {
  const tokenHash = hashOpaqueToken(sessionToken);
  const rates: number[] = [];
  for (let round = 0; round < options.pairs; round++) {
    const elapsed = stopwatch();
    await inParallel(AT_ONCE, CHECKS, async () => {
      const { session } = await region.gatewayCall(resolveSession, { tokenHash }, { kind: 'service', name: 'gateway' });
      if (!session) throw new Error('The session is gone');
    });
    rates.push((CHECKS / elapsed()) * 1_000);
    note(`  round ${round + 1}: ${Math.round(rates.at(-1)!)} checks/s`);
  }
  return { session_checks_per_s: Math.round(median(rates)) };
}
