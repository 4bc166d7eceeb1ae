import { z } from 'zod';
import { probe, verdictOf } from './probe.js';

const appendOnly = z.object({
  grants: z.array(z.object({ role: z.string(), table: z.string(), privilege: z.string() })),
  checkpoints: z.number(),
  inconsistent: z.array(z.object({ from: z.number(), to: z.number() })),
  forged: z.array(z.number()),
  treeSize: z.number(),
});

export const ledgerAppendOnly = probe('ledger.append-only', async (_parameters, ask) => {
  const answer = await ask.service('compliance', 'ledger.append-only', appendOnly);
  const faults = [
    ...answer.grants.map(({ role, table, privilege }) => `${role} may ${privilege} ${table}`),
    ...answer.inconsistent.map(({ from, to }) => `the tree of ${to} entries does not start with the tree of ${from}`),
    ...answer.forged.map((size) => `the checkpoint of ${size} entries has no valid signature`),
  ];
  return verdictOf(
    faults,
    `The services may only append, and the last ${answer.checkpoints} checkpoints of ${answer.treeSize} entries are consistent.`,
    answer,
  );
});
