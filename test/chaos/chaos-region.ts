import path from 'node:path';
import { type LocalRegion, type LocalRegionOptions, startLocalRegion } from '@millrace/cli';
import { createConnection, type Operation, type Output } from '@millrace/contracts';
import { mailedToken, type PostgresServer, startPostgres, THROWAWAY } from '@millrace/embedded';
import { Secret, until } from '@millrace/kernel';
import { scratchDirectory } from '@millrace/testing';
import pg from 'pg';
import { customerPassword, signUpAndIn, Visitor } from '../e2e/journey.js';

/** Longest that the region may need until a part that was killed is replaced. In milliseconds. */
export const RECOVERY_MS = 90_000;

/** A region of real processes that can be killed, a customer's server, and an owner who has connected two databases. */
export class ChaosRegion implements AsyncDisposable {
  private constructor(
    readonly region: LocalRegion,
    private readonly customer: PostgresServer,
    readonly owner: Visitor,
    private readonly scratch: Disposable,
  ) {}

  /** `shop` makes the tables of the source. */
  static async start(options: LocalRegionOptions, shop: string): Promise<ChaosRegion> {
    const scratch = scratchDirectory();
    const [region, customer] = await Promise.all([
      startLocalRegion({ directory: path.join(scratch.path, 'region'), ...options }),
      startPostgres({
        dataDir: path.join(scratch.path, 'customer'),
        password: new Secret(customerPassword),
        settings: { ...THROWAWAY, wal_level: 'logical' },
        logFile: path.join(scratch.path, 'customer.log'),
      }),
    ]);
    const owner = new Visitor(region.gatewayUrl);
    const chaos = new ChaosRegion(region, customer, owner, scratch);
    for (const name of ['shop', 'warehouse']) await chaos.sql('postgres', `create database ${name}`);
    await chaos.sql('shop', shop);
    await signUpAndIn(owner, { mailedToken: (address) => mailedToken(region.directory.mails, address) });
    for (const name of ['shop', 'warehouse']) {
      await owner.call(createConnection, {
        name,
        provider: 'postgres',
        config: { host: customer.host, port: customer.port, database: name, tls: 'disable' },
        credential: { username: customer.superuser, password: customerPassword },
      });
    }
    return chaos;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.region.stop();
    await this.customer.stop('immediate');
    this.scratch[Symbol.dispose]();
  }

  /** A connection to a database of the customer's server; end it. */
  async client(database: string): Promise<pg.Client> {
    return connected(this.customer.url(database).reveal());
  }

  /** Runs SQL on a database of the customer's server. */
  sql<T extends pg.QueryResultRow = pg.QueryResultRow>(database: string, text: string): Promise<T[]> {
    return query<T>(this.customer.url(database).reveal(), text);
  }

  /** Runs SQL on a database of the region's own server. */
  platformSql<T extends pg.QueryResultRow = pg.QueryResultRow>(service: string, text: string): Promise<T[]> {
    return query<T>(this.region.superuserUrl(service), text);
  }

  /** Calls until it is answered: the part under test is away for a moment. */
  patiently<Op extends Operation>(
    operation: Op,
    input: Parameters<typeof this.owner.call<Op>>[1],
  ): Promise<NonNullable<Output<Op>>> {
    return until(`an answer of ${operation.name}`, RECOVERY_MS, async () => {
      const answer = await this.owner.send(operation, input as never).catch(() => undefined);
      return answer && answer.status < 300 ? answer.body : undefined;
    });
  }
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

async function query<T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  const client = await connected(url);
  try {
    const result = await client.query<T>(text);
    return (Array.isArray(result) ? result.at(-1) : result).rows ?? [];
  } finally {
    await client.end();
  }
}
