import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalRegion, startLocalRegion } from '@millrace/cli';
import {
  applyPipeline,
  auditLedger,
  contextNames,
  createConnection,
  type Operation,
  type Output,
  readCheckpoint,
  readRun,
  type Run,
  signIn,
  signUp,
  startRun,
} from '@millrace/contracts';
import { type PostgresServer, startPostgres, THROWAWAY } from '@millrace/embedded';
import { Secret, until } from '@millrace/kernel';
import { joinRegion } from '@millrace/service';
import { scratchDirectory } from '@millrace/testing';
import pg from 'pg';
import { customerPassword, Visitor } from '../e2e/journey.js';

const ROWS = 300_000;
const RECOVERY_MS = 90_000;
/** Everything that the region consists of, each killed with SIGKILL while a run goes on. */
const victims = ['worker-1', 'sync', 'vault', 'identity', 'compliance', 'notifications', 'gateway', 'nats', 'postgres'];

const scratch = scratchDirectory();
let region: LocalRegion;
let customer: PostgresServer;
let owner: Visitor;

beforeAll(async () => {
  region = await startLocalRegion({ directory: path.join(scratch.path, 'region'), separate: true });
  customer = await startPostgres({
    dataDir: path.join(scratch.path, 'customer'),
    password: new Secret(customerPassword),
    settings: THROWAWAY,
    logFile: path.join(scratch.path, 'customer.log'),
  });
  for (const database of ['shop', 'warehouse'])
    await sql(customer.url('postgres').reveal(), `create database ${database}`);
  await sql(
    customer.url('shop').reveal(),
    `create table item (id bigint primary key, name text, price numeric(10,2)); insert into item select i, 'Item ' || i, i / 7.0 from generate_series(1, ${ROWS}) i`,
  );
  owner = new Visitor(region.gatewayUrl);
  await owner.call(signUp, { email: owner.email, password: owner.password, name: 'Test Person', ofAge: true });
  await owner.call(signIn, { email: owner.email, password: owner.password });
  for (const name of ['shop', 'warehouse']) {
    await owner.call(createConnection, {
      name,
      provider: 'postgres',
      config: { host: customer.host, port: customer.port, database: name, tls: 'disable' },
      credential: { username: customer.superuser, password: customerPassword },
    });
  }
}, 180_000);

afterAll(async () => {
  await region?.stop();
  await customer?.stop('immediate');
  scratch[Symbol.dispose]();
}, 60_000);

async function sql<T extends pg.QueryResultRow = pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query<T>(text);
    return result.rows ?? [];
  } finally {
    await client.end();
  }
}

/** Calls until it is answered: the part under test is away for a moment. */
function patiently<Op extends Operation>(
  operation: Op,
  input: Parameters<typeof owner.call<Op>>[1],
): Promise<NonNullable<Output<Op>>> {
  return until(`an answer of ${operation.name}`, RECOVERY_MS, async () => {
    const answer = await owner.send(operation, input as never).catch(() => undefined);
    return answer && answer.status < 300 ? answer.body : undefined;
  });
}

const contentOf = async (database: string, table: string) => {
  const [row] = await sql<{ n: number; digest: string }>(
    customer.url(database).reveal(),
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
      await patiently(applyPipeline, { name, document });
      const { runId } = await owner.call(startRun, { name });
      await until('rows under way', 30_000, async () => (await owner.call(readRun, { runId })).counts.read > 0);
      const before = region.processes().get(victim)!;
      region.kill(victim, 'SIGKILL');
      const run = await until(
        `the end of the run after the death of ${victim}`,
        RECOVERY_MS,
        async (): Promise<Run | undefined> => {
          const found = await patiently(readRun, { runId });
          return found.endedAt ? found : undefined;
        },
      );
      expect(run).toMatchObject({ state: 'succeeded', counts: { read: ROWS, written: ROWS, rejected: 0 } });
      expect(await contentOf('warehouse', table)).toEqual(await contentOf('shop', 'item'));
      await until(
        `${victim} is back`,
        RECOVERY_MS,
        () => (region.processes().get(victim)?.restarts ?? 0) > before.restarts,
      );
    },
    240_000,
  );

  it('leaves empty outboxes and a ledger that verifies', async () => {
    for (const service of contextNames) {
      await until(`empty outboxes of ${service}`, 60_000, async () => {
        const [row] = await sql<{ n: number }>(
          region.superuserUrl(service),
          'select ((select count(*) from outbox) + (select count(*) from audit_outbox))::int as n',
        ).catch(() => []);
        return row?.n === 0;
      });
    }
    const { runtime } = await joinRegion('operator', { config: region.config, secrets: region.secrets });
    const audit = await runtime.client.call(auditLedger, {}, { kind: 'service', name: 'operator' });
    expect(audit.findings).toEqual([]);
    expect(audit.treeSize).toBeGreaterThan(3 * victims.length);
    expect((await owner.call(readCheckpoint, {})).toString()).toContain(String(audit.treeSize));
    await runtime.connection.close();
  }, 120_000);
});
