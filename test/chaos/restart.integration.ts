import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyPipeline,
  auditLedger,
  contextNames,
  readCheckpoint,
  readRun,
  type Run,
  startRun,
} from '@millrace/contracts';
import { until } from '@millrace/kernel';
import { joinRegion } from '@millrace/service';
import { ChaosRegion, RECOVERY_MS } from './chaos-region.js';

const ROWS = 300_000;
/** Everything that the region consists of, each killed with SIGKILL while a run goes on. */
const victims = ['worker-1', 'sync', 'vault', 'identity', 'compliance', 'notifications', 'gateway', 'nats', 'postgres'];

let chaos: ChaosRegion;

beforeAll(async () => {
  chaos = await ChaosRegion.start(
    { separate: true },
    `create table item (id bigint primary key, name text, price numeric(10,2)); insert into item select i, 'Item ' || i, i / 7.0 from generate_series(1, ${ROWS}) i`,
  );
}, 180_000);
afterAll(() => chaos?.[Symbol.asyncDispose](), 60_000);

const contentOf = async (database: string, table: string) => {
  const [row] = await chaos.sql<{ n: number; digest: string }>(
    database,
    `select count(*)::int as n, md5(string_agg(id || '|' || name || '|' || price, ',' order by id)) as digest from ${table}`,
  );
  return row!;
};

describe('a run that goes on while a part of the region is killed', () => {
  it.each(victims)(
    'ends well after kill -9 of %s, with every row once',
    async (victim) => {
      const name = `through-${victim}`;
      const table = `copy_${victim.replace('-', '_')}`;
      const document = {
        version: 1,
        name,
        source: { connection: 'shop' },
        target: { connection: 'warehouse', schema: 'public' },
        streams: [
          {
            from: 'public.item',
            to: table,
            key: ['id'],
            fields: [{ from: 'id' }, { from: 'name' }, { from: 'price' }],
          },
        ],
      };
      await chaos.patiently(applyPipeline, { name, document });
      const { runId } = await chaos.owner.call(startRun, { name });
      await until('rows under way', 30_000, async () => (await chaos.owner.call(readRun, { runId })).counts.read > 0);
      const before = chaos.region.processes().get(victim)!;
      chaos.region.kill(victim, 'SIGKILL');
      const run = await until(
        `the end of the run after the death of ${victim}`,
        RECOVERY_MS,
        async (): Promise<Run | undefined> => {
          const found = await chaos.patiently(readRun, { runId });
          return found.endedAt ? found : undefined;
        },
      );
      expect(run).toMatchObject({ state: 'succeeded', counts: { read: ROWS, written: ROWS, rejected: 0 } });
      expect(await contentOf('warehouse', table)).toEqual(await contentOf('shop', 'item'));
      await until(
        `${victim} is back`,
        RECOVERY_MS,
        () => (chaos.region.processes().get(victim)?.restarts ?? 0) > before.restarts,
      );
    },
    240_000,
  );

  it('leaves empty outboxes and a ledger that verifies', async () => {
    for (const service of contextNames) {
      await until(`empty outboxes of ${service}`, 60_000, async () => {
        const [row] = await chaos
          .platformSql<{ n: number }>(
            service,
            'select ((select count(*) from outbox) + (select count(*) from audit_outbox))::int as n',
          )
          .catch(() => []);
        return row?.n === 0;
      });
    }
    const { runtime } = await joinRegion('operator', { config: chaos.region.config, secrets: chaos.region.secrets });
    const audit = await runtime.client.call(auditLedger, {}, { kind: 'service', name: 'operator' });
    expect(audit.findings).toEqual([]);
    expect(audit.treeSize).toBeGreaterThan(3 * victims.length);
    expect((await chaos.owner.call(readCheckpoint, {})).toString()).toContain(String(audit.treeSize));
    await runtime.connection.close();
  }, 120_000);
});
