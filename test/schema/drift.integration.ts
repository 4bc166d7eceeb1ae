import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServiceDatabase, declaredSchema, type DatabasePasswords, migrateService } from '@millrace/persistence';
import { Secret } from '@millrace/kernel';
import { dataMap, rolesOf } from '@millrace/privacy';
import { standardTables } from '@millrace/persistence';
import { type PostgresServer, startPostgres, THROWAWAY } from '@millrace/embedded';
import { scratchDirectory } from '@millrace/testing';
import path from 'node:path';
import pg from 'pg';
import { everyService } from '../e2e/journey.js';
import { catalogOf } from './catalog.js';

const scratch = scratchDirectory();
const password = new Secret('drift');
const passwords: DatabasePasswords = { owner: password, app: password, region: password };
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({
    dataDir: path.join(scratch.path, 'postgres'),
    password,
    settings: THROWAWAY,
    logFile: path.join(scratch.path, 'log'),
  });
}, 60_000);
afterAll(async () => {
  await server?.stop('immediate');
  scratch[Symbol.dispose]();
});

async function on<T>(url: Secret, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url.reveal() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const asOwner = (database: string, service: string) => server.url(database, rolesOf(service).owner, password);

describe.each(everyService.map((one) => [one.name, one] as const))(
  'the schema of %s',
  (service, { tables, migrations }) => {
    const declared = `${service}_declared`;

    beforeAll(async () => {
      await on(server.url('postgres'), async (admin) => {
        await createServiceDatabase(admin, service, passwords);
        await admin.query(`create database ${declared} owner ${rolesOf(service).owner}`);
      });
      await migrateService(service, asOwner(service, service), 'us-east-1', migrations);
      await on(asOwner(declared, service), async (client) => {
        await client.query(`grant usage on schema public to ${rolesOf(service).app}, ${rolesOf(service).region}`);
        for (const statement of declaredSchema(service, tables)) await client.query(statement);
      });
    }, 60_000);

    it('is exactly what the declarations say: columns, constraints, indexes, policies and grants', async () => {
      const migrated = await on(server.url(service), catalogOf);
      expect(migrated).toEqual(await on(server.url(declared), catalogOf));
      expect(Object.keys(migrated.columns).length).toBeGreaterThan(20);
    });

    it('has no column that the data map does not know', async () => {
      const { columns } = await on(server.url(service), catalogOf);
      const known = dataMap([...standardTables, ...tables]).map((one) => `${one.table}.${one.column}`);
      expect(Object.keys(columns).sort()).toEqual([...known].sort());
    });

    it('differs as soon as somebody changes a policy, a grant or a column by hand', async () => {
      const before = await on(server.url(service), catalogOf);
      const [table] = Object.keys(before.columns)[0]!.split('.') as [string];
      for (const [change, repair] of [
        [`alter table ${table} disable row level security`, `alter table ${table} enable row level security`],
        [
          `grant truncate on ${table} to ${rolesOf(service).app}`,
          `revoke truncate on ${table} from ${rolesOf(service).app}`,
        ],
        [`alter table ${table} add column stray text`, `alter table ${table} drop column stray`],
        [`create policy stray on ${table} using (true)`, `drop policy stray on ${table}`],
      ] as const) {
        await on(server.url(service), (client) => client.query(change));
        expect(await on(server.url(service), catalogOf)).not.toEqual(before);
        await on(server.url(service), (client) => client.query(repair));
        expect(await on(server.url(service), catalogOf)).toEqual(before);
      }
    });
  },
);
