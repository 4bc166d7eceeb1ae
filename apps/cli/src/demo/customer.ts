import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type PostgresServer, startPostgres } from '@millrace/embedded';
import { Secret } from '@millrace/kernel';
import pg from 'pg';
import { projectRoot } from '../region/project.js';
import type { RegionDirectory } from '../region/region-directory.js';
import { wishedPorts } from '../region/region-ports.js';
import { people } from './people.js';

/** Where the customer keeps things, and where they want them. */
export type CustomerDatabase = 'shop' | 'warehouse';

/** One account for each purpose, with the rights for it and no other. */
export interface CustomerAccount {
  readonly username: string;
  readonly password: string;
}

interface CustomerSecrets {
  readonly superuser: string;
  readonly reader: string;
  readonly writer: string;
}

/** 42,049 real zip codes of the United States (vega-datasets, BSD-3). */
const ZIP_CODES = path.join(projectRoot, 'node_modules', 'vega-datasets', 'data', 'zipcodes.csv');
export const PEOPLE = 100_000;

const SHOP = `
  create table zip_codes (zip_code text primary key, latitude text, longitude text, city text, state text, county text);
  create table people (id bigint primary key, name text not null, email text not null, phone text, birth_date text, city text, notes text);
  grant usage on schema public to shop_reader;
  grant select on zip_codes, people to shop_reader`;

/** The server that plays the customer's: apart from the platform's, with a source and a target database. */
export class Customer {
  private constructor(
    private readonly server: PostgresServer,
    private readonly secrets: CustomerSecrets,
  ) {}

  /** Starts the server; its databases and their rows are made the first time. */
  static async start(directory: RegionDirectory): Promise<Customer> {
    const secrets = readSecrets(directory.at('customer.json'));
    const server = await startPostgres({
      dataDir: directory.customerPostgres,
      password: new Secret(secrets.superuser),
      preferredPort: wishedPorts.customerPostgres,
      logFile: directory.at('logs', 'customer-postgres.log'),
    });
    const customer = new Customer(server, secrets);
    try {
      await customer.prepare();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return customer;
  }

  get host(): string {
    return this.server.host;
  }

  get port(): number {
    return this.server.port;
  }

  account(database: CustomerDatabase): CustomerAccount {
    const { reader, writer } = this.secrets;
    return database === 'shop'
      ? { username: 'shop_reader', password: reader }
      : { username: 'warehouse_writer', password: writer };
  }

  /** Looks at a database as the customer themselves, not through the product. */
  async query<Row extends pg.QueryResultRow>(
    database: CustomerDatabase,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return this.connected(database, async (client) => (await client.query<Row>(sql, [...values])).rows);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  private async prepare(): Promise<void> {
    await this.connected('postgres', (client) => prepareCluster(client, this.secrets));
    const [known] = await this.query('shop', `select 1 from pg_tables where tablename = 'people'`);
    if (!known) await this.connected('shop', fillShop);
    await this.connected('warehouse', (client) =>
      client.query('grant usage, create on schema public to warehouse_writer'),
    );
  }

  private async connected<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: this.server.url(database).reveal() });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

/** Two databases, and for each an account that may do what a sync needs there and nothing else; safe to repeat. */
async function prepareCluster(client: pg.Client, { reader, writer }: CustomerSecrets): Promise<void> {
  const databases = [
    { database: 'shop', account: 'shop_reader', password: reader, rights: 'connect' },
    { database: 'warehouse', account: 'warehouse_writer', password: writer, rights: 'connect, temporary' },
  ];
  for (const { database, account, password, rights } of databases) {
    const role = await client.query('select 1 from pg_roles where rolname = $1', [account]);
    if (!role.rowCount) await client.query(`create role ${account} login password ${client.escapeLiteral(password)}`);
    const known = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (!known.rowCount) await client.query(`create database ${database}`);
    await client.query(`revoke all on database ${database} from public`);
    await client.query(`grant ${rights} on database ${database} to ${account}`);
  }
}

/** In one transaction: the tables are there with all their rows, or not at all. */
async function fillShop(client: pg.Client): Promise<void> {
  await client.query('begin');
  await client.query(SHOP);
  await insertRows(client, 'zip_codes', Array<string>(6).fill('text'), zipCodes());
  await insertRows(client, 'people', ['bigint', ...Array<string>(6).fill('text')], people(PEOPLE));
  await client.query('commit');
  await client.query('analyze');
}

/** Rows of one statement: large enough that statements do not count, small enough that nothing piles up. */
const CHUNK_ROWS = 10_000;

async function insertRows(
  client: pg.Client,
  table: string,
  types: readonly string[],
  rows: Iterable<readonly string[]>,
): Promise<void> {
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
  const insert = async (chunk: readonly (readonly string[])[]) => {
    const columns = types.map((_, index) => chunk.map((row) => row[index]!));
    await client.query(`insert into ${table} select * from unnest(${arrays})`, columns);
  };
  let chunk: (readonly string[])[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length < CHUNK_ROWS) continue;
    await insert(chunk);
    chunk = [];
  }
  if (chunk.length) await insert(chunk);
}

/** The file has a head, and no cell in it is quoted. */
function zipCodes(): string[][] {
  const [, ...lines] = readFileSync(ZIP_CODES, 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split(','));
}

function readSecrets(file: string): CustomerSecrets {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as CustomerSecrets;
  const password = () => randomBytes(24).toString('base64url');
  const secrets: CustomerSecrets = { superuser: password(), reader: password(), writer: password() };
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600, flag: 'wx' });
  return secrets;
}
