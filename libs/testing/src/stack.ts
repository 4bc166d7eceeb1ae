import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { removeServerData } from '@millrace/embedded';
import { newId, Secret } from '@millrace/kernel';

/** Where jest's global set-up leaves the coordinates of the shared servers. */
const VARIABLE = 'MILLRACE_TEST_STACK';

/** The Postgres and NATS servers that all integration tests of a run share. */
export interface TestStack {
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly superuser: string;
    readonly password: Secret;
  };
  /** Connections without a user share one account; see {@link TestStack.natsAccount}. */
  readonly nats: { readonly url: string };
  /** A fresh, empty database, or a copy of `template` (to which nobody may be connected). */
  createDatabase(options?: { template?: string }): Promise<TestDatabase>;
  /** A NATS account with JetStream that no other test file uses: its streams collide with nobody's. */
  natsAccount(): Promise<NatsAccount>;
}

export interface NatsAccount {
  readonly url: string;
  readonly user: string;
  readonly password: Secret;
}

export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  /** A connection string for the superuser. */
  readonly url: Secret;
  /** Runs one statement on a connection of its own, as the superuser. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Removes the database, ending whatever sessions it has. */
  drop(): Promise<void>;
}

/**
 * The servers that jest's global set-up started for this run.
 * @throws Error outside a run of the `integration` project.
 */
export function testStack(): TestStack {
  const { postgres, nats, password } = coordinates();
  const server = { ...postgres, password: new Secret(password) };
  return {
    postgres: server,
    nats: { url: nats.url },
    createDatabase: (options) => createDatabase(server, options?.template),
    natsAccount: () => nextNatsAccount(server, nats),
  };
}

/**
 * A directory for one test's files and servers, which Postgres' account may pass through. Dispose of it last:
 * everything in it goes.
 */
export function scratchDirectory(): { readonly path: string } & Disposable {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-scratch-'));
  chmodSync(directory, 0o711);
  return { path: directory, [Symbol.dispose]: () => removeScratch(directory) };
}

/** A server that a test forgot to stop ends with the test's process; its files go now all the same. */
function removeScratch(directory: string): void {
  try {
    removeServerData(directory);
  } catch {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Coordinates {
  readonly postgres: { host: string; port: number; superuser: string };
  readonly nats: { url: string; accounts: number };
  readonly password: string;
}

function coordinates(): Coordinates {
  const text = process.env[VARIABLE];
  if (!text) throw new Error('The test servers are not running: only *.integration.ts files may use testStack().');
  return JSON.parse(text) as Coordinates;
}

type Server = TestStack['postgres'];

async function createDatabase(server: Server, template = 'template1'): Promise<TestDatabase> {
  const name = `test_${newId().replaceAll('-', '')}`;
  await query(server, 'postgres', `create database ${name} template ${pg.escapeIdentifier(template)}`);
  const drop = async () => {
    await query(server, 'postgres', `drop database if exists ${name} with (force)`);
  };
  return {
    name,
    host: server.host,
    port: server.port,
    user: server.superuser,
    password: server.password,
    url: new Secret(`postgres://${server.superuser}:${server.password.reveal()}@${server.host}:${server.port}/${name}`),
    query: (sql, values) => query(server, name, sql, values),
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

async function nextNatsAccount(server: Server, { url, accounts }: Coordinates['nats']): Promise<NatsAccount> {
  const [row] = await query<{ number: string }>(server, 'postgres', `select nextval('nats_account') as number`);
  const number = Number(row?.number);
  if (number > accounts) throw new Error(`This run has used up its ${accounts} NATS accounts.`);
  return { url, user: `file${number}`, password: server.password };
}

async function query<Row extends pg.QueryResultRow>(
  server: Server,
  database: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user: server.superuser,
    password: server.password.reveal(),
    database,
  });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
