import {
  freePort,
  type Mailbox,
  type NatsServer,
  type PostgresServer,
  startMailbox,
  startNats,
  startPostgres,
} from '@millrace/embedded';
import { natsAuthorization, natsUsers } from '@millrace/messaging';
import type { SecretsDirectory } from '@millrace/service';
import type { RegionDirectory } from './region-directory.js';
import { Supervised, type SupervisionEvent } from './supervised.js';

export interface RegionServers {
  readonly postgres: Supervised<PostgresServer>;
  readonly nats: Supervised<NatsServer>;
  /** Takes every mail of the region into a folder, unless its operator configured a mail server. */
  readonly mailbox: Mailbox | undefined;
}

export interface ServerOptions {
  readonly directory: RegionDirectory;
  readonly secrets: SecretsDirectory;
  readonly wished: { readonly postgres: number; readonly nats: number };
  /** The port of the mailbox; undefined when the region has a mail server of its operator's. */
  readonly mailPort: number | undefined;
  /** The nats-server program; without it the usual places are searched. */
  readonly natsProgram?: string;
  readonly report: (event: SupervisionEvent) => void;
}

/** Starts the region's Postgres and NATS, each kept going on the same port with the same data. */
export async function startServers(options: ServerOptions): Promise<RegionServers> {
  const { directory, secrets, wished, report } = options;
  const password = await secrets.superuserPassword();
  const authorization = natsAuthorization(await usersOf(secrets));
  const postgres = Supervised.start<PostgresServer>({
    name: 'postgres',
    report,
    launch: (_signal, previous) =>
      onSamePort(previous, () =>
        startPostgres({
          dataDir: directory.postgres,
          password,
          preferredPort: previous?.port ?? wished.postgres,
          logFile: directory.at('logs', 'postgres.log'),
        }),
      ),
  });
  const nats = Supervised.start<NatsServer>({
    name: 'nats',
    report,
    launch: (_signal, previous) =>
      onSamePort(previous, () =>
        startNats({
          storeDir: directory.nats,
          config: authorization,
          binary: options.natsProgram,
          preferredPort: previous?.port ?? wished.nats,
          logFile: directory.at('logs', 'nats.log'),
        }),
      ),
  });
  const [startedPostgres, startedNats] = await Promise.allSettled([postgres, nats]);
  if (startedPostgres.status === 'fulfilled' && startedNats.status === 'fulfilled') {
    const mailbox = options.mailPort === undefined ? undefined : await openMailbox(directory, options.mailPort);
    return { postgres: startedPostgres.value, nats: startedNats.value, mailbox };
  }
  for (const started of [startedPostgres, startedNats]) if (started.status === 'fulfilled') await started.value.stop();
  throw startedPostgres.status === 'rejected' ? startedPostgres.reason : (startedNats as PromiseRejectedResult).reason;
}

async function openMailbox(directory: RegionDirectory, wished: number): Promise<Mailbox> {
  return startMailbox({ directory: directory.mails, port: await freePort(wished) });
}

/** Services know the address from their configuration, so a restarted server that had to take another port is no use. */
async function onSamePort<S extends { readonly port: number; stop(): Promise<void> }>(
  previous: S | undefined,
  start: () => Promise<S>,
): Promise<S> {
  const server = await start();
  if (previous === undefined || server.port === previous.port) return server;
  await server.stop();
  throw new Error(`port ${previous.port} was taken by another program`);
}

async function usersOf(secrets: SecretsDirectory) {
  return Promise.all(natsUsers.map(async (user) => ({ user, password: (await secrets.natsPassword(user)).reveal() })));
}
