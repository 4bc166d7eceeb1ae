import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { delay, Problem, Secret, stopwatch } from '@millrace/kernel';
import { DirectoryClaim } from './directory-claim.js';
import { freePort, LOOPBACK } from './free-port.js';
import { type Account, postgresAccount } from './postgres-account.js';
import { postgresBinaries } from './postgres-binaries.js';
import { clearStaleLock, createCluster } from './postgres-cluster.js';
import { clusterDirectory } from './postgres-directory.js';
import { startFailed } from './problems.js';
import { type Exit, ServerProcess } from './server-process.js';

/** How long a start may take, recovery after a crash included, in milliseconds. */
const START_DEADLINE_MS = 60_000;
/** Pause between two looks at a starting server, in milliseconds. */
const POLL_MS = 8;
/** A start is tried again when the port was taken in between, or when workers of a killed server still live. */
const TRANSIENT = /Address already in use|pre-existing shared memory block|lock file "postmaster.pid" already exists/;
const RETRY_MS = 200;
const SETTING = /^[a-z_][a-z0-9_.]*$/;

/**
 * Errors of clients are not logged: their text quotes values ('invalid input syntax for type integer: "…"'), and
 * so do the statement and the detail beside them. The client gets all of it.
 */
const DEFAULTS: Readonly<Record<string, string>> = {
  max_connections: '200',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  jit: 'off',
};

/** Settings for a cluster that is thrown away after use: a crash of the machine may destroy it. */
export const THROWAWAY: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
};

export interface PostgresOptions {
  /** Where the cluster lies; made when missing. See {@link PostgresServer.dataDir} for where it really went. */
  readonly dataDir: string;
  /** Tried first; another free port is taken when it is in use. Without it the system picks one. */
  readonly preferredPort?: number;
  /** Default `postgres`. */
  readonly superuser?: string;
  /** The superuser's password: set when the cluster is created, needed again at every later start. */
  readonly password: Secret;
  /** Server settings over the defaults (200 connections, UTC, no client values in the log). */
  readonly settings?: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** The real directory of the cluster: elsewhere when the database's account cannot enter the wished one. */
  readonly dataDir: string;
  readonly superuser: string;
  /** A connection string for `database`; without user and password, for the superuser. */
  url(database: string, user?: string, password?: Secret): Secret;
  /** `fast` (default) ends sessions and shuts down in order; `immediate` leaves recovery to the next start. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Exit>;
}

/**
 * Starts a Postgres server on 127.0.0.1, creating its cluster on first use, and resolves when it answers a query.
 * It stops when this process ends, however it ends.
 * @throws Problem `embedded.directory-in-use`, `embedded.program-missing` or `embedded.start-failed`.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const account = postgresAccount(options.dataDir);
  const binaries = postgresBinaries(account);
  const directory = clusterDirectory(options.dataDir, account);
  const claim = await DirectoryClaim.take(directory, 'SIGINT');
  try {
    const superuser = options.superuser ?? 'postgres';
    const sync = options.settings?.['fsync'] !== 'off';
    await createCluster({ ...options, initdb: binaries.initdb, directory, account, superuser, sync });
    const launch = { ...options, superuser, directory, account, program: binaries.postgres, claim };
    const { server, port } = await launchWithRetries(launch);
    return describe(launch, server, port);
  } catch (error) {
    claim.release();
    throw error;
  }
}

interface Launch extends PostgresOptions {
  readonly superuser: string;
  readonly directory: string;
  readonly account: Account | undefined;
  readonly program: string;
  readonly claim: DirectoryClaim;
}

async function launchWithRetries(launch: Launch): Promise<{ server: ServerProcess; port: number }> {
  const elapsed = stopwatch();
  for (;;) {
    clearStaleLock(launch.directory);
    const port = await freePort(launch.preferredPort);
    const server = await launchOnce(launch, port);
    if (await ready(launch, server, port, START_DEADLINE_MS - elapsed())) {
      launch.claim.recordServer(server.pid);
      return { server, port };
    }
    const tail = server.logTail();
    if (!TRANSIENT.test(tail) || elapsed() > START_DEADLINE_MS) throw failure(launch, tail);
    await delay(RETRY_MS);
  }
}

async function launchOnce(launch: Launch, port: number): Promise<ServerProcess> {
  const server = await ServerProcess.start({
    program: launch.program,
    args: ['-D', launch.directory, ...settingArguments(launch.settings, port)],
    cwd: '/',
    logFile: launch.logFile,
    stopSignal: 'SIGINT',
    ...launch.account,
  });
  launch.claim.recordServer(server.pid);
  return server;
}

function settingArguments(settings: Readonly<Record<string, string>> = {}, port: number): string[] {
  const fixed = { listen_addresses: LOOPBACK, port: String(port), unix_socket_directories: '' };
  return Object.entries({ ...DEFAULTS, ...settings, ...fixed }).flatMap(([name, value]) => {
    if (!SETTING.test(name)) throw new Error(`"${name}" is not the name of a Postgres setting`);
    return ['-c', `${name}=${value}`];
  });
}

/** True once a query was answered; false when the server ended before that. */
async function ready(launch: Launch, server: ServerProcess, port: number, deadlineMs: number): Promise<boolean> {
  const elapsed = stopwatch();
  while (server.running) {
    const refusal = saysReady(launch.directory, server.pid) ? await tryQuery(launch, port) : 'not-yet';
    if (refusal === undefined) return server.running;
    if (refusal === 'password' || elapsed() > deadlineMs) {
      await server.stop();
      const why = refusal === 'password' ? 'the cluster has another superuser password' : 'it did not become ready';
      throw failure(launch, `${why} (after ${Math.round(elapsed())} ms)`);
    }
    await delay(POLL_MS);
  }
  return false;
}

/**
 * Whether the lock file names our process as ready (line 8, see Postgres' pidfile.h). Asking the port before that
 * could reach another server that took the port in between.
 */
function saysReady(directory: string, pid: number): boolean {
  try {
    const lines = readFileSync(path.join(directory, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

async function tryQuery({ superuser, password }: Launch, port: number): Promise<'password' | 'not-yet' | undefined> {
  const client = new pg.Client({
    host: LOOPBACK,
    port,
    user: superuser,
    password: password.reveal(),
    database: 'postgres',
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return undefined;
  } catch (error) {
    // 28P01: invalid_password (PostgreSQL documentation, appendix A).
    return (error as { code?: string }).code === '28P01' ? 'password' : 'not-yet';
  } finally {
    await client.end().catch(() => undefined);
  }
}

function failure({ directory, logFile }: Launch, tail: string): Problem {
  const reason = tail.trim().split('\n').slice(-3).join(' / ');
  return new Problem(startFailed, { detail: `Postgres on ${directory} did not start: ${reason} (log: ${logFile})` });
}

function describe(launch: Launch, server: ServerProcess, port: number): PostgresServer {
  const { superuser, password, directory, claim } = launch;
  return {
    host: LOOPBACK,
    port,
    pid: server.pid,
    dataDir: directory,
    superuser,
    url: (database, user = superuser, userPassword = password) => {
      const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(userPassword.reveal())}`;
      return new Secret(`postgres://${credentials}@${LOOPBACK}:${port}/${encodeURIComponent(database)}`);
    },
    stop: (mode = 'fast') => server.stop(mode === 'fast' ? 'SIGINT' : 'SIGQUIT'),
    kill: (signal) => server.kill(signal),
    exited: server.exited.then((exit) => {
      claim.release();
      return exit;
    }),
  };
}
