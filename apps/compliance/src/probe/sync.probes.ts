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

const pinned = z.object({ runs: z.number(), changed: z.number() });

export const pinnedMapping = probe('sync.pinned-mapping', async (_parameters, ask) => {
  const { runs, changed } = await ask.service('sync', 'pinned-mapping', pinned);
  const faults = changed ? [`${changed} of ${runs} runs went by another document than they state`] : [];
  return verdictOf(faults, `Each of the last ${runs} runs went by the document whose digest it states.`, {
    runs,
    changed,
  });
});

const results = z.object({ ended: z.number(), without: z.number(), changed: z.number() });

export const runResults = probe('sync.results', async (_parameters, ask) => {
  const { ended, without, changed } = await ask.service('sync', 'results', results);
  const faults = [
    ...(without ? [`${without} of ${ended} runs ended without a result`] : []),
    ...(changed ? [`the results of ${changed} of ${ended} runs were changed after their end`] : []),
  ];
  return verdictOf(faults, `Each of the last ${ended} runs that ended has its result as its receipt states it.`, {
    ended,
    without,
    changed,
  });
});

const selection = z.object({ partitions: z.number(), beyond: z.number(), fields: z.array(z.string()) });

export const selectionKept = probe('sync.selection', async (_parameters, ask) => {
  const { partitions, beyond } = await ask.service('sync', 'selection', selection);
  const faults = beyond ? [`${beyond} fields or streams were moved that nobody selected`] : [];
  return verdictOf(faults, `The last ${partitions} partitions moved selected streams and fields only.`, {
    partitions,
    beyond,
  });
});
