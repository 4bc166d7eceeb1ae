import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { ConnectorError, type Secret, type SessionContext } from '@millrace/connector-sdk';
import pg from 'pg';
import { translateConnectError } from '../translate-error.js';
import type { PostgresConfig, PostgresCredential } from './config.js';
import type { Connected } from './connected.js';
import { forgetPassword, leave, takeIdle } from './idle-postgres.js';
import { settingsFor, WRITABLE } from './session-settings.js';
import { guardWire } from './wire-guard.js';

/** How long the server may take to greet us, in milliseconds. */
const CONNECT_TIMEOUT_MS = 15_000;
/** A silent connection is probed after this time, so that a vanished server is noticed within minutes and not hours. */
const KEEP_ALIVE_MS = 30_000;
const FIRST_SUPPORTED_VERSION = 120_000;

export interface Endpoint {
  readonly config: PostgresConfig;
  readonly credential: Secret<PostgresCredential>;
  readonly context: SessionContext;
}

/** What `pg` understands beyond its published types. */
type ClientConfig = pg.ClientConfig & { replication?: 'database' };

/**
 * A connection that an earlier session left, or a new one through the context's dialer. `readOnly` refuses writes on the
 * server's side. With `replication` it understands the commands of logical replication, and only simple queries besides.
 */
export async function connect(
  endpoint: Endpoint,
  readOnly: boolean,
  { replication = false }: { readonly replication?: boolean } = {},
): Promise<Connected> {
  const { config, credential, context } = endpoint;
  const idle = replication ? undefined : await takeIdle(context, readOnly);
  if (idle) return idle;
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
  guardParser(client);
  // A connection that breaks also fails its query, which reports it; without a listener the process would end.
  client.on('error', () => {});
  const destroy = () => socket.destroy();
  context.signal.addEventListener('abort', destroy, { once: true });
  try {
    await client.connect();
    forgetPassword(client);
    const version = await prepare(client, readOnly);
    const { shelf } = replication ? {} : context;
    const opened: Connected = { client, socket, version, tables: new Map(), end: () => leave(opened, shelf) };
    return opened;
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

/** Wherever `pg` starts to parse, on the socket or inside of TLS, the wire is guarded. */
function guardParser(client: pg.Client): void {
  const { connection } = client as unknown as { connection: { attachListeners(stream: Duplex): void } };
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    attach(stream);
    guardWire(stream);
  };
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
  await client.query(WRITABLE);
}

async function prepare(client: pg.Client, readOnly: boolean): Promise<number> {
  const result = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  const version = Number(result.rows[0]?.version);
  if (!(version >= FIRST_SUPPORTED_VERSION)) throw new ConnectorError('unsupported-server');
  await client.query(settingsFor(version, readOnly));
  return version;
}
