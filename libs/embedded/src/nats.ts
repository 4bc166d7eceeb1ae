import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { delay, Problem, stopwatch } from '@millrace/kernel';
import { DirectoryClaim } from './directory-claim.js';
import { freePort, LOOPBACK } from './free-port.js';
import { findNatsServer } from './nats-binary.js';
import { startFailed } from './problems.js';
import { type Exit, ServerProcess } from './server-process.js';

/** How long a start may take, recovery of large streams included, in milliseconds. */
const START_DEADLINE_MS = 30_000;
const POLL_MS = 8;
/** How long a server that listens may take to greet a connection, in milliseconds. */
const GREETING_MS = 1_000;
const PORT_ATTEMPTS = 5;

export interface NatsOptions {
  /** JetStream's files and the configuration lie here; made when missing, closed to other users. */
  readonly storeDir: string;
  /** Configuration text added to ours: accounts, authorization, leaf nodes. It must not set listen or jetstream. */
  readonly config?: string;
  /** The program; without it the usual places are searched. */
  readonly binary?: string;
  /** Tried first; another free port is taken when it is in use. Without it the system picks one. */
  readonly preferredPort?: number;
  /** Names the server in JetStream and monitoring. Default `millrace`. */
  readonly serverName?: string;
  readonly logFile: string;
}

export interface NatsServer {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly configFile: string;
  /**
   * Replaces the added configuration text of a running server (SIGHUP) and resolves when the server took it. A
   * text that it refuses changes nothing, neither in the server nor in the file, and rejects.
   */
  reload(config: string): Promise<void>;
  /** Closes the connections, flushes JetStream and ends. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Exit>;
}

/**
 * Starts a nats-server with JetStream on 127.0.0.1 and resolves when it greets a connection. It stops when this
 * process ends, however it ends.
 * @throws Problem `embedded.directory-in-use`, `embedded.program-missing` or `embedded.start-failed`.
 */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const program = options.binary ?? findNatsServer().path;
  const storeDir = path.resolve(options.storeDir);
  mkdirSync(storeDir, { recursive: true, mode: 0o700 });
  chmodSync(storeDir, 0o700);
  const claim = await DirectoryClaim.take(storeDir, 'SIGTERM');
  try {
    return await launch({ ...options, storeDir, program, claim });
  } catch (error) {
    claim.release();
    throw error;
  }
}

interface Launch extends NatsOptions {
  readonly program: string;
  readonly claim: DirectoryClaim;
}

async function launch(options: Launch): Promise<NatsServer> {
  const configFile = path.join(options.storeDir, 'nats.conf');
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(options.preferredPort);
    writeConfig(configFile, port, options);
    const server = await ServerProcess.start({
      program: options.program,
      args: ['-c', configFile],
      cwd: '/',
      logFile: options.logFile,
      stopSignal: 'SIGTERM',
    });
    options.claim.recordServer(server.pid);
    if (await ready(server, port)) return describe(options, server, port, configFile);
    await server.stop();
    const tail = server.logTail();
    if (!tail.includes('address already in use') || attempt === PORT_ATTEMPTS) throw failure(options, tail);
  }
}

/** The limits are those of the product: messages of at most 1 MiB, since big things travel in chunks of 512 KiB. */
function writeConfig(configFile: string, port: number, { storeDir, serverName, config }: NatsOptions): void {
  const text = [
    `listen: "${LOOPBACK}:${port}"`,
    `server_name: ${JSON.stringify(serverName ?? 'millrace')}`,
    'max_payload: 1048576',
    `jetstream { store_dir: ${JSON.stringify(path.join(storeDir, 'store'))} }`,
    config ?? '',
    '',
  ].join('\n');
  // The text may hold passwords of accounts, so nobody else may read it, not even for an instant.
  writeFileSync(configFile, text, { mode: 0o600 });
  chmodSync(configFile, 0o600);
}

async function ready(server: ServerProcess, port: number): Promise<boolean> {
  const elapsed = stopwatch();
  while (server.running && elapsed() < START_DEADLINE_MS) {
    // The log line excludes another server that took the port: only ours writes into our log.
    if (server.logTail().includes('Server is ready') && (await greets(port))) return server.running;
    await delay(POLL_MS);
  }
  return false;
}

/** Whether the first line of a connection is NATS' INFO with JetStream switched on. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK);
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    let received = '';
    socket.setEncoding('utf8').setTimeout(GREETING_MS, () => finish(false));
    socket.on('error', () => finish(false)).on('close', () => finish(false));
    socket.on('data', (text: string) => {
      received += text;
      if (received.includes('\r\n')) finish(received.startsWith('INFO ') && received.includes('"jetstream":true'));
    });
  });
}

function failure({ logFile, storeDir }: Launch, tail: string): Problem {
  const reason = tail.trim().split('\n').slice(-3).join(' / ') || 'it did not become ready';
  return new Problem(startFailed, { detail: `nats-server on ${storeDir} did not start: ${reason} (log: ${logFile})` });
}

function describe(options: Launch, server: ServerProcess, port: number, configFile: string): NatsServer {
  return {
    url: `nats://${LOOPBACK}:${port}`,
    host: LOOPBACK,
    port,
    pid: server.pid,
    configFile,
    reload: (config) => reload({ ...options, config }, server, port, configFile),
    stop: () => server.stop(),
    kill: (signal) => server.kill(signal),
    exited: server.exited.then((exit) => {
      options.claim.release();
      return exit;
    }),
  };
}

async function reload(options: Launch, server: ServerProcess, port: number, configFile: string): Promise<void> {
  const mark = server.logSize();
  const previous = readFileSync(configFile, 'utf8');
  writeConfig(configFile, port, options);
  server.kill('SIGHUP');
  const elapsed = stopwatch();
  while (server.running && elapsed() < START_DEADLINE_MS) {
    const log = server.logSince(mark);
    if (log.includes('Reloaded server configuration')) return;
    if (log.includes('Failed to reload server configuration')) {
      writeFileSync(configFile, previous);
      throw new Problem(startFailed, { detail: 'nats-server refused the new configuration and keeps the old one' });
    }
    await delay(POLL_MS);
  }
  throw failure(options, 'it did not confirm the new configuration');
}
