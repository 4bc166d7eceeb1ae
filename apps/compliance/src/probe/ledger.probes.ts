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

const memory = z.object({ people: z.number(), remembered: z.number(), forgotten: z.number() });

export const ledgerForgets = probe('ledger.forgets', async (_parameters, ask) => {
  const answer = await ask.service('compliance', 'ledger.forgets', memory);
  const faults = answer.remembered
    ? [`the ledger still holds personal fields about ${answer.remembered} people who were erased`]
    : [];
  return verdictOf(
    faults,
    `The ledger holds no personal field about any of the ${answer.forgotten} people who were erased; their entries stand without.`,
    answer,
  );
});
