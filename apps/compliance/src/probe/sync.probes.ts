import { z } from 'zod';
import { probe, verdictOf } from './probe.js';

const discard = z.object({ succeeded: z.number(), withoutDiscard: z.number() });

export const completedWithDiscard = probe('sync.completed-with-discard', async (_parameters, ask) => {
  const { succeeded, withoutDiscard } = await ask.service('sync', 'completed-with-discard', discard);
  const faults = withoutDiscard
    ? [`${withoutDiscard} partitions of completed runs have no attestation that all was discarded`]
    : [];
  return verdictOf(faults, `All ${succeeded} completed runs attest that they discarded what they read.`, {
    succeeded,
    withoutDiscard,
  });
});

const atRest = z.object({
  columns: z.number(),
  undeclared: z.array(z.object({ table: z.string(), column: z.string() })),
  strangeTables: z.array(z.string()),
  unsealedPositions: z.number(),
  smallGroups: z.number(),
});

export const recordsAtRest = probe('sync.records-at-rest', async (_parameters, ask) => {
  const answer = await ask.service('sync', 'records-at-rest', atRest);
  const faults = [
    ...answer.strangeTables.map((table) => `sync has the undeclared table ${table}`),
    ...answer.undeclared.map(({ table, column }) => `sync has the undeclared column ${table}.${column}`),
    ...(answer.smallGroups ? [`${answer.smallGroups} groups of metrics cover too few people`] : []),
    ...(answer.unsealedPositions ? [`${answer.unsealedPositions} positions are stored unsealed`] : []),
  ];
  return verdictOf(
    faults,
    `Each of sync’s ${answer.columns} columns is declared, none has room for a record, every position is sealed, and every group of a metric covers enough people.`,
    answer,
  );
});
