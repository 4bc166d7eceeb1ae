import path from 'node:path';
import {
  mailedToken,
  type NatsServer,
  type PostgresServer,
  startMailbox,
  startNats,
  startPostgres,
  THROWAWAY,
} from '@millrace/embedded';
import type { ServiceName } from '@millrace/contracts';
import type { Clock } from '@millrace/kernel';
import { natsAuthorization, type NatsUser, natsUsers, type OperationClient } from '@millrace/messaging';
import {
  createLocalSecrets,
  type Joined,
  joinRegion,
  prepareRegion,
  RegionConfig,
  type RunningService,
  type SecretsDirectory,
  type ServiceDefinition,
  startService,
} from '@millrace/service';
import { scratchDirectory } from './stack.js';

export interface TestRegionOptions {
  /** Started in this order; the ledger's keeper first spares the relays a retry. */
  readonly definitions: readonly ServiceDefinition[];
  /** Default `dataflow-xpert`. */
  readonly charter?: 'dataflow-xpert' | 'fluxcascade' | 'fluxent';
  readonly clock?: Clock;
  readonly config?: Partial<RegionConfig>;
}

/** A region of its own for one test file: real Postgres, real NATS with the real permissions, the given services. */
export interface TestRegion extends AsyncDisposable {
  readonly directory: string;
  readonly config: RegionConfig;
  readonly secrets: SecretsDirectory;
  readonly postgres: PostgresServer;
  readonly nats: NatsServer;
  readonly services: ReadonlyMap<string, RunningService>;
  service(name: string): RunningService;
  /** Where everything is kept that the region mailed; its own mail server puts it there. */
  readonly mails: string;
  /** The token of the newest link that was mailed to an address; waits for it. */
  mailedToken(address: string): Promise<string>;
  /** Calls an operation as the gateway would, for whatever caller the test says. */
  gatewayCall: OperationClient['call'];
  /** Calls an operation as another party of the region: `operator`, `sync-worker`, a service that is not started. */
  clientOf(name: ServiceName): Promise<OperationClient>;
  stop(): Promise<void>;
}

const CHARTERS = path.resolve(import.meta.dirname, '../../../deploy/charters');

/** Starts a region; takes about two seconds. Stop it in `afterAll`. */
export async function startTestRegion(options: TestRegionOptions): Promise<TestRegion> {
  const scratch = scratchDirectory();
  const at = (name: string) => path.join(scratch.path, name);
  const secrets = await createLocalSecrets(at('secrets'));
  const superuser = await secrets.superuserPassword();
  const [postgres, nats, mailbox] = await Promise.all([
    startPostgres({ dataDir: at('postgres'), password: superuser, settings: THROWAWAY, logFile: at('postgres.log') }),
    startNats({ storeDir: at('nats'), config: natsAuthorization(await usersOf(secrets)), logFile: at('nats.log') }),
    startMailbox({ directory: at('mails') }),
  ]);
  const config = RegionConfig.parse({
    region: 'us-east-1',
    charters: [path.join(CHARTERS, `${options.charter ?? 'dataflow-xpert'}.yaml`)],
    secrets: secrets.root,
    postgres: { host: postgres.host, port: postgres.port },
    nats: { servers: [nats.url] },
    http: { host: '127.0.0.1', port: 0, secureCookies: false },
    operations: { host: '127.0.0.1' },
    egress: { privateCidrs: ['127.0.0.0/8', '::1/128'] },
    mail: { host: '127.0.0.1', port: mailbox.port, from: 'no-reply@millrace.example' },
    logs: { level: 'info', directory: at('logs') },
    ...options.config,
  });
  await prepareRegion(config, secrets, options.definitions, postgres.url('postgres'));
  const services = new Map<string, RunningService>();
  for (const definition of options.definitions)
    services.set(definition.name, await startService(definition, { config, secrets, clock: options.clock }));
  const parties = new Map<ServiceName, Promise<Joined>>();
  const clientOf = async (name: ServiceName) => {
    const joined = parties.get(name) ?? joinRegion(name, { config, secrets, clock: options.clock });
    parties.set(name, joined);
    return (await joined).runtime.client;
  };
  const gateway = await clientOf('gateway');
  const stop = async () => {
    for (const joined of parties.values()) await (await joined).runtime.connection.close();
    for (const service of [...services.values()].reverse()) await service.stop();
    await Promise.all([postgres.stop('immediate'), nats.stop(), mailbox.stop()]);
    scratch[Symbol.dispose]();
  };
  return {
    gatewayCall: gateway.call.bind(gateway) as OperationClient['call'],
    clientOf,
    mails: at('mails'),
    mailedToken: (address) => mailedToken(at('mails'), address),
    directory: scratch.path,
    config,
    secrets,
    postgres,
    nats,
    services,
    service: (name) => services.get(name)!,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

export async function usersOf(secrets: SecretsDirectory): Promise<NatsUser[]> {
  return Promise.all(natsUsers.map(async (user) => ({ user, password: (await secrets.natsPassword(user)).reveal() })));
}
