import path from 'node:path';
import { expect } from '@jest/globals';
import { definition as compliance } from '@millrace/compliance';
import {
  confirmSignUp,
  contextOperations,
  createConnection,
  type Input,
  type Operation,
  type Output,
  readRun,
  signUp,
  startRun,
} from '@millrace/contracts';
import { type PostgresServer, startPostgres, THROWAWAY } from '@millrace/embedded';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { newId, Secret, until } from '@millrace/kernel';
import { definition as notifications } from '@millrace/notifications';
import type { RunningWorker, ServiceDefinition } from '@millrace/service';
import { definition as sync, startSyncWorker } from '@millrace/sync';
import { startTestRegion, type TestRegion, type TestRegionOptions } from '@millrace/testing';
import { definition as vault } from '@millrace/vault';
import pg from 'pg';

/** Every service, the ledger's keeper first. */
export const everyService: readonly ServiceDefinition[] = [compliance, identity, vault, sync, notifications, gateway];

/** The keys of every member of a union, not only those that all of them have. */
type KeysOf<T> = T extends unknown ? keyof T : never;

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A machine with more to do than it can makes an answer wait beyond its deadline now and then. */
const QUESTION_REPEATS = 3;

/** Somebody who uses the region over HTTP, with the cookies that a browser would keep. */
export class Visitor {
  private readonly cookies = new Map<string, string>();
  userId = '';
  orgId = '';

  constructor(
    private readonly origin: string,
    readonly email = `${newId().slice(-12)}@example.com`,
    readonly password = 'a quiet river of data',
  ) {}

  /** Calls an operation over its route; answers whatever came back. */
  async send<Op extends Operation>(
    operation: Op,
    input: Partial<Record<KeysOf<Input<Op>>, unknown>>,
    headers: Record<string, string> = {},
  ): Promise<Answer<Output<Op>>> {
    const { method, path: template } = operation.http!;
    const rest: Record<string, unknown> = { ...(input as object) };
    const route = template.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = String(rest[name]);
      delete rest[name];
      return encodeURIComponent(value);
    });
    const query =
      method === 'GET' && Object.keys(rest).length ? `?${new URLSearchParams(rest as Record<string, string>)}` : '';
    const body = method !== 'GET' && Object.keys(rest).length ? JSON.stringify(rest) : undefined;
    return this.raw(method, route + query, {
      body,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    });
  }

  /** Calls an operation that must succeed. A question is asked again where the answer says that this helps. */
  async call<Op extends Operation>(
    operation: Op,
    input: Partial<Record<KeysOf<Input<Op>>, unknown>> = {},
  ): Promise<Output<Op>> {
    let answer = await this.send(operation, input);
    for (let again = 0; again < QUESTION_REPEATS && operation.http!.method === 'GET' && answer.status === 503; again++)
      answer = await this.send(operation, input);
    if (answer.status >= 300)
      throw new Error(`${operation.name} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async raw<T>(
    method: string,
    route: string,
    { body, headers = {} }: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    const csrf = this.cookies.get('csrftoken');
    const response = await fetch(this.origin + route, {
      method,
      body,
      redirect: 'manual',
      headers: {
        ...(this.cookies.size
          ? { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
          : {}),
        ...(csrf && method !== 'GET' ? { 'x-csrf-token': csrf } : {}),
        ...headers,
      },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair] = cookie.split(';');
      const at = pair!.indexOf('=');
      if (pair!.slice(at + 1)) this.cookies.set(pair!.slice(0, at), pair!.slice(at + 1));
      else this.cookies.delete(pair!.slice(0, at));
    }
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson && text ? JSON.parse(text) : text) as T,
    };
  }

  cookie(name: string): string | undefined {
    return this.cookies.get(name);
  }

  setCookie(name: string, value: string): void {
    this.cookies.set(name, value);
  }
}

/** A whole region with a worker, and a Postgres that plays the customer's. */
export interface Journey {
  readonly region: TestRegion;
  readonly origin: string;
  readonly customer: PostgresServer;
  readonly worker: RunningWorker;
  visitor(email?: string): Visitor;
  /** A visitor who has signed up and in. */
  owner(): Promise<Visitor>;
  /** Runs SQL on a database of the customer's server, as its superuser. */
  customerSql<T extends pg.QueryResultRow = pg.QueryResultRow>(
    database: string,
    sql: string,
    parameters?: unknown[],
  ): Promise<T[]>;
  /** Runs SQL on a database of the platform's server, as its superuser: what an owner of the machine could do. */
  platformSql<T extends pg.QueryResultRow = pg.QueryResultRow>(
    database: string,
    sql: string,
    parameters?: unknown[],
  ): Promise<T[]>;
  stop(): Promise<void>;
}

export const customerPassword = 'customer-secret-for-tests';

export interface JourneyOptions extends Partial<TestRegionOptions> {
  /** Settings of the customer's server besides those of a throwaway one. */
  readonly customerSettings?: Readonly<Record<string, string>>;
}

export async function startJourney({ customerSettings, ...options }: JourneyOptions = {}): Promise<Journey> {
  const region = await startTestRegion({ definitions: everyService, ...options });
  const customer = await startPostgres({
    dataDir: path.join(region.directory, 'customer'),
    password: new Secret(customerPassword),
    settings: { ...THROWAWAY, ...customerSettings },
    logFile: path.join(region.directory, 'customer.log'),
  });
  const worker = await startSyncWorker({ config: region.config, secrets: region.secrets, clock: options.clock });
  const origin = region.service('gateway').httpUrl!;
  const sqlOn =
    (server: PostgresServer) =>
    async (database: string, sql: string, parameters: unknown[] = []) => {
      const client = new pg.Client({ connectionString: server.url(database).reveal() });
      await client.connect();
      try {
        const result = await client.query(sql, parameters);
        return (Array.isArray(result) ? result.at(-1) : result).rows;
      } finally {
        await client.end();
      }
    };
  const visitor = (email?: string) => new Visitor(origin, email);
  return {
    region,
    origin,
    customer,
    worker,
    visitor,
    owner: () => signUpAndIn(visitor(), region),
    customerSql: sqlOn(customer),
    platformSql: sqlOn(region.postgres),
    stop: async () => {
      await worker.stop();
      await customer.stop('immediate');
      await region.stop();
    },
  };
}

/** Asks for an account, reads the mail and confirms: the visitor is signed in afterwards. */
export async function signUpAndIn(
  visitor: Visitor,
  { mailedToken }: Pick<TestRegion, 'mailedToken'>,
  says: Partial<Input<typeof signUp>> = { name: 'Test Person' },
): Promise<Visitor> {
  const { email, password } = visitor;
  await visitor.call(signUp, { email, password, ofAge: true, ...says });
  const { userId, orgId } = await visitor.call(confirmSignUp, { token: await mailedToken(email), password });
  return Object.assign(visitor, { userId, orgId });
}

/** A connection to a database of the customer's server. */
export async function connect(
  journey: Journey,
  owner: Visitor,
  name: string,
  database: string,
  credential?: { username: string; password: string },
): Promise<string> {
  const { host, port, superuser } = journey.customer;
  const { connectionId } = await owner.call(createConnection, {
    name,
    provider: 'postgres',
    config: { host, port, database, tls: 'disable' },
    credential: credential ?? { username: superuser, password: customerPassword },
  });
  return connectionId;
}

/** Runs a pipeline and waits for its end. */
export async function runToEnd(owner: Visitor, name: string, timeoutMs = 60_000) {
  const { runId } = await owner.call(startRun, { name });
  return until(`the end of run ${runId}`, timeoutMs, async () => {
    const run = await owner.call(readRun, { runId });
    return run.endedAt ? run : undefined;
  });
}

/** What sync answers the promise board about the runs so far. */
export async function evidenceOfRuns({ region }: Journey): Promise<Record<string, unknown>> {
  const compliance = await region.clientOf('compliance');
  const answers = ['pinned-mapping', 'results', 'selection'].map(async (question) => {
    const { evidence } = await compliance.call(
      contextOperations('sync').evidence,
      { question, parameters: {} },
      { kind: 'service', name: 'compliance' },
    );
    return [question, evidence] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

/** {@link evidenceOfRuns} where every run went as it should have. */
export const wholeRuns = {
  'pinned-mapping': { runs: expect.any(Number), changed: 0 },
  results: { ended: expect.any(Number), without: 0, changed: 0 },
  selection: { partitions: expect.any(Number), beyond: 0, fields: [] },
};
