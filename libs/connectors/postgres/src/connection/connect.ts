import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { ConnectorError, type Secret, type SessionContext } from '@millrace/connector-sdk';
import pg from 'pg';
import type { CatalogTable } from '../catalog/read-catalog.js';
import { translateConnectError } from '../translate-error.js';
import type { PostgresConfig, PostgresCredential } from './config.js';

/** How long the server may take to greet us, in milliseconds. */
const CONNECT_TIMEOUT_MS = 15_000;
/** A silent connection is probed after this time, so that a vanished server is noticed within minutes and not hours. */
const KEEP_ALIVE_MS = 30_000;
const FIRST_SUPPORTED_VERSION = 120_000;
/** PostgreSQL 14 learned to notice a vanished client during a long statement. */
const CONNECTION_CHECK_VERSION = 140_000;

/** Text forms must not depend on the server's taste: they are read on another server, or later. */
const SETTINGS = `SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET extra_float_digits = 3;
  SET bytea_output = 'hex'; SET xmloption = 'content'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
  SET standard_conforming_strings = on; SET client_min_messages = 'error'`;

export interface Endpoint {
  readonly config: PostgresConfig;
  readonly credential: Secret<PostgresCredential>;
  readonly context: SessionContext;
}

/** A connected client, whose `version` is the server's `server_version_num`. */
export interface Connected {
  readonly client: pg.Client;
  readonly version: number;
  readonly socket: Socket;
  /** What was looked up of tables over this connection, by name: within a run they are the same from step to step. */
  readonly tables: Map<string, CatalogTable>;
}

/** What `pg` understands beyond its published types. */
type ClientConfig = pg.ClientConfig & { replication?: 'database' };

/**
 * Connects through the context's dialer and prepares the connection. `readOnly` refuses writes on the server's side. With
 * `replication` the connection understands the commands of logical replication, and only simple queries besides.
 */
export async function connect(
  endpoint: Endpoint,
  readOnly: boolean,
  { replication = false }: { readonly replication?: boolean } = {},
): Promise<Connected> {
  const { config, credential, context } = endpoint;
  const socket = await dial(endpoint);
  const { user, password } = credential.reveal();
  const settings: ClientConfig = {
    host: config.host,
    port: config.port,
    database: config.database,
    user,
    password,
    ssl: tlsOptions(config),
    stream: () => connected(socket),
    application_name: context.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    ...(replication ? { replication: 'database' } : {}),
  };
  const client = new pg.Client(settings);
  // A connection that breaks also fails its query, which reports it; without a listener the process would end.
  client.on('error', () => {});
  const destroy = () => socket.destroy();
  context.signal.addEventListener('abort', destroy, { once: true });
  try {
    await client.connect();
    return { client, socket, version: await prepare(client, readOnly), tables: new Map() };
  } catch (error) {
    socket.destroy();
    context.signal.throwIfAborted();
    throw translateConnectError(error);
  } finally {
    context.signal.removeEventListener('abort', destroy);
  }
}

async function dial({ config, context }: Endpoint): Promise<Socket> {
  try {
    return await context.dial({ host: config.host, port: config.port }, context.signal);
  } catch (error) {
    context.signal.throwIfAborted();
    // The egress guard's own refusal is meant for the person and passes as it is.
    if (error instanceof Error && error.name === 'Problem') throw error;
    throw error instanceof ConnectorError ? error : new ConnectorError('unreachable');
  }
}

/** pg calls `connect` on the stream that it is given; this one is connected, to an address that was checked. */
function connected(socket: Socket): Socket {
  socket.connect = () => {
    process.nextTick(() => socket.emit('connect'));
    return socket;
  };
  return socket;
}

function tlsOptions({ sslmode, ca }: PostgresConfig): ConnectionOptions | false {
  if (sslmode === 'disable') return false;
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: sslmode !== 'require',
    ...(ca ? { ca } : {}),
    ...(sslmode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
}

/** Turns a connection that was opened for questions into one that writes. @throws where it has been lost meanwhile */
export async function makeWritable({ client }: Connected): Promise<void> {
  await client.query(`SET default_transaction_read_only = off; ${LASTING_COMMITS}`);
}

async function prepare(client: pg.Client, readOnly: boolean): Promise<number> {
  const result = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  const version = result.rows[0]!.version;
  if (version < FIRST_SUPPORTED_VERSION) throw new ConnectorError('unsupported-server');
  await client.query(
    [
      SETTINGS,
      readOnly ? 'SET default_transaction_read_only = on' : LASTING_COMMITS,
      ...(version >= CONNECTION_CHECK_VERSION ? [NOTICE_LOST_CLIENTS] : []),
    ].join(';'),
  );
  return version;
}

/** A checkpoint says that a batch will survive a crash, so a server that commits lazily by default is asked to wait. */
const LASTING_COMMITS = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`;
/** Ends a statement within seconds after its worker was killed. Platforms that cannot do it refuse the setting. */
const NOTICE_LOST_CLIENTS = `DO $$ BEGIN SET client_connection_check_interval = '2s'; EXCEPTION WHEN OTHERS THEN NULL; END $$`;
