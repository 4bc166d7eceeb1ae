import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { probeCatalogue } from '@millrace/charter';
import {
  addConnection,
  addDocument,
  charterWithEveryProbe,
  eraseSomebody,
  promiseOf,
  type PromiseRegion,
  startPromiseRegion,
} from './promise-region.js';
import { complianceSabotages } from './sabotages/compliance.sabotages.js';
import { dataSabotages } from './sabotages/data.sabotages.js';
import { edgeSabotages } from './sabotages/edge.sabotages.js';
import { identitySabotages } from './sabotages/identity.sabotages.js';
import { syncSabotages } from './sabotages/sync.sabotages.js';
import { vaultSabotages } from './sabotages/vault.sabotages.js';
import type { Sabotage } from './sabotages/sabotage.js';

/** Each breaks what a probe watches, from outside the services. */
const sabotages: readonly Sabotage[] = [
  ...dataSabotages,
  ...identitySabotages,
  ...vaultSabotages,
  ...syncSabotages,
  ...edgeSabotages,
  ...complianceSabotages,
];

const charter = charterWithEveryProbe();
let broken: PromiseRegion;
let erasedId: string;

beforeAll(async () => {
  broken = await startPromiseRegion('dataflow-xpert', { charterFile: charter.file });
  await addConnection(broken.owner);
  await addDocument(broken.region, 'soc2-report');
  erasedId = await eraseSomebody(broken.region);
}, 120_000);
afterAll(async () => {
  await broken?.stop();
  charter[Symbol.dispose]();
});

async function stateOf({ probe, promise }: Pick<Sabotage, 'probe' | 'promise'>) {
  const id = promise ?? promiseOf(probe);
  const { promises } = await broken.verify([id]);
  const { state, reason } = promises.find((one) => one.id === id)!;
  return { state, reason };
}

describe('every probe', () => {
  it('has a sabotage that it must notice', () => {
    expect(Object.keys(probeCatalogue).filter((name) => !sabotages.some((one) => one.probe === name))).toEqual([]);
  });

  it('finds its promise kept in a healthy region', async () => {
    const { promises } = await broken.verify();
    const asked = promises.filter((one) => one.probe && one.id.startsWith('T'));
    expect(
      asked.filter((one) => one.state !== 'kept').map(({ probe, state, reason }) => ({ probe, state, reason })),
    ).toEqual([]);
    expect(asked).toHaveLength(Object.keys(probeCatalogue).length);
  }, 60_000);
});

describe('sabotage', () => {
  it.each(sabotages)(
    '$probe: $what',
    async ({ probe, promise, says, sql, edge }) => {
      const change = async (which: 'breaks' | 'repairs') => {
        if (sql) await broken.sql(sql.database, sql[which].replaceAll('{erased}', erasedId));
        broken.edge.sabotage = which === 'breaks' ? edge : undefined;
      };
      await change('breaks');
      try {
        expect(await stateOf({ probe, promise })).toMatchObject({
          state: 'broken',
          reason: expect.stringMatching(says),
        });
      } finally {
        await change('repairs');
      }
      expect((await stateOf({ probe, promise })).state).toBe('kept');
    },
    30_000,
  );
});
