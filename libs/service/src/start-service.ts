import 'reflect-metadata';
import { appendToLedger, type ServiceName } from '@millrace/contracts';
import { Secret } from '@millrace/kernel';
import { OperationServer, relayAudit, RelayLoop, relayOutbox } from '@millrace/messaging';
import { Database, PersistenceModule } from '@millrace/persistence';
import { rolesOf } from '@millrace/privacy';
import { type INestApplication, type INestMicroservice, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { ServiceDefinition } from './definition.js';
import { holdingsController } from './holdings.controller.js';
import { type Joined, joinRegion, type StartOptions } from './join-region.js';
import { type OperationsServer, startOperationsServer } from './operations-server.js';
import { RefusingFilter } from './refusing.filter.js';
import { RetentionSweeper } from './retention-sweeper.js';
import type { Runtime } from './runtime.js';
import { runtimeModule } from './runtime.module.js';
import { standardController } from './standard.controller.js';

export interface RunningService {
  readonly name: ServiceName;
  readonly runtime: Runtime;
  /** Where health and metrics are. */
  readonly operationsUrl: string;
  /** Where people's requests arrive; only the gateway has one. */
  readonly httpUrl?: string;
  readonly database: Database;
  /** Stops taking work, finishes what is at work, closes every connection. Safe to call twice. */
  stop(): Promise<void>;
}

/** Boots a service: charter, keys, NATS, database, operations, relays, sweeper, health. */
export async function startService(definition: ServiceDefinition, options: StartOptions): Promise<RunningService> {
  const joined = await joinRegion(definition.name, options);
  try {
    return await boot(definition, joined);
  } catch (error) {
    // Half a service must not go on answering.
    await joined.runtime.connection.close();
    throw error;
  }
}

async function boot(definition: ServiceDefinition, { runtime, tokens, seals }: Joined): Promise<RunningService> {
  const { name } = definition;
  const { connection, config, client, clock, log, metrics, instruments } = runtime;

  let app: INestApplication | INestMicroservice | undefined;
  const database = () => app!.get(Database);
  const strategy = new OperationServer({
    service: name,
    connection,
    tokens,
    seals,
    instruments,
    clock,
    client,
    get database() {
      return database();
    },
  });

  const root = await rootModule(definition, runtime);
  if (definition.http) {
    const created = await NestFactory.create(root, definition.http.adapter(runtime) as never, {
      logger: false,
      abortOnError: false,
    });
    created.connectMicroservice<MicroserviceOptions>({ strategy }, { inheritAppConfig: true });
    created.useGlobalFilters(new RefusingFilter());
    await definition.http.configure(created, runtime);
    app = created;
    await assertRegion(created.get(Database), runtime);
    await created.startAllMicroservices();
    await created.listen(config.http.port, config.http.host);
  } else {
    const created = await NestFactory.createMicroservice<MicroserviceOptions>(root, {
      strategy,
      logger: false,
      abortOnError: false,
    });
    created.useGlobalFilters(new RefusingFilter());
    app = created;
    await assertRegion(created.get(Database), runtime);
    await created.listen();
  }

  const relays = startRelays(runtime, database(), instruments.unexpected);
  const sweeper = new RetentionSweeper(runtime, database(), definition.tables);
  sweeper.start();
  const operations = await startOperationsServer({
    host: config.operations.host,
    port: config.operations.ports[name] ?? 0,
    metrics,
    ready: async () => !connection.isClosed() && (await database().ready()),
  });
  const httpUrl = definition.http ? await (app as INestApplication).getUrl() : undefined;
  log.info('service ready');
  return {
    name,
    runtime,
    httpUrl,
    operationsUrl: operations.url,
    database: database(),
    stop: once(() => stopAll({ app: app!, strategy, relays, sweeper, operations, runtime })),
  };
}

async function rootModule(definition: ServiceDefinition, runtime: Runtime): Promise<Type> {
  const { config, secrets, clock } = runtime;
  const { host, port } = config.postgres;
  const roles = rolesOf(definition.name);
  const url = async (role: 'app' | 'region') => {
    const password = await secrets.databasePassword(definition.name, role);
    return new Secret(
      `postgres://${roles[role]}:${encodeURIComponent(password.reveal())}@${host}:${port}/${definition.name}`,
    );
  };
  const persistence = PersistenceModule.forService({
    service: definition.name,
    clock,
    tables: definition.tables,
    appUrl: await url('app'),
    regionUrl: await url('region'),
  });

  @Module({
    imports: [runtimeModule(runtime), persistence, definition.module],
    controllers: [standardController(definition), holdingsController(definition)],
  })
  class RootModule {}
  return RootModule;
}

/** A service never works on the database of another region. */
async function assertRegion(database: Database, { config, service }: Runtime): Promise<void> {
  const rows = await database.region({ kind: 'service' }, (tx) =>
    tx.query<{ region: string; service: string }>('select region, service from region_identity'),
  );
  const [row] = rows;
  if (row?.region !== config.region || row.service !== service) {
    throw new Error(
      `The database belongs to ${row ? `${row.service} of ${row.region}` : 'nobody'}, not to ${service} of ${config.region}; it was not touched`,
    );
  }
}

/**
 * Entries that come faster than this travel together: each batch is three transactions here, one there and a signature of
 * the ledger, whether it holds one entry or five hundred.
 */
const AUDIT_REST_MS = 100;

function startRelays(
  runtime: Runtime,
  database: Database,
  unexpected: (error: unknown, where: { event: string }) => void,
): RelayLoop[] {
  const { connection, client, service } = runtime;
  const append = async (entries: Parameters<Parameters<typeof relayAudit>[1]>[0]) => {
    const { acknowledged } = await client.call(appendToLedger, { entries }, { kind: 'service', name: service });
    return acknowledged;
  };
  const outbox = new RelayLoop(
    () => relayOutbox(database, connection),
    (error) => unexpected(error, { event: 'outbox-relay' }),
  );
  const audit = new RelayLoop(
    () => relayAudit(database, append),
    (error) => unexpected(error, { event: 'audit-relay' }),
    { restMs: AUDIT_REST_MS },
  );
  database.onCommit((left) => {
    if (left.outbox) outbox.wake();
    if (left.audit) audit.wake();
  });
  const relays = [outbox, audit];
  relays.forEach((relay) => relay.start());
  return relays;
}

interface Parts {
  readonly app: INestApplication | INestMicroservice;
  readonly strategy: OperationServer;
  readonly relays: readonly RelayLoop[];
  readonly sweeper: RetentionSweeper;
  readonly operations: OperationsServer;
  readonly runtime: Runtime;
}

/** The order matters: no new work, then what is at work, then what it left to send, then the connections. */
async function stopAll({ app, strategy, relays, sweeper, operations, runtime }: Parts): Promise<void> {
  await Promise.all([sweeper.stop(), strategy.close()]);
  await Promise.all(relays.map((relay) => relay.stop()));
  await app.close();
  await operations.close();
  await runtime.connection.drain().catch(() => undefined);
  await runtime.connection.close();
  runtime.log.info('service stopped');
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
