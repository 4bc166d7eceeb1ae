import type { ContextName } from '@millrace/contracts';
import { LOOPBACK } from '@millrace/embedded';
import { type Clock, Problem, stopwatch, systemClock } from '@millrace/kernel';
import {
  createLocalSecrets,
  loadRegionConfig,
  prepareRegion,
  type PreparedService,
  type RegionConfig,
  type SecretsDirectory,
  type ServiceDefinition,
} from '@millrace/service';
import { DEFAULT_CHARTER, DEFAULT_REGION } from './charters.js';
import { cliProblems } from './problems.js';
import { assertSameRegion, mailboxPort, type RegionIdentity, readRegionFile, writeRegionFile } from './region-file.js';
import { defaultDirectory, RegionDirectory } from './region-directory.js';
import { type RegionParties, startParties } from './region-parties.js';
import { operationsParties, PortPicker, type RegionPorts, wishedPorts } from './region-ports.js';
import { type RegionServers, startServers } from './region-servers.js';
import { readRunRecord, removeRunRecord, type RunRecord, writeRunRecord } from './run-record.js';
import { loadDefinitions, regionServices } from './service-packages.js';
import type { SupervisionEvent } from './supervised.js';

export interface LocalRegionOptions {
  /** Default: `.millrace/<charter>` under the project's root. */
  readonly directory?: string;
  /** One of the shipped charters. Default `dataflow-xpert`. */
  readonly charter?: string;
  /** The region's name; the charter must allow it. Default `us-east-1`. */
  readonly region?: string;
  /** A process for each service instead of one for all. Default false. */
  readonly separate?: boolean;
  /** Worker processes. Default 1. */
  readonly workers?: number;
  /** Which services; default all of them. */
  readonly services?: readonly ContextName[];
  /** The nats-server program; without it the usual places are searched. */
  readonly natsProgram?: string;
  readonly clock?: Clock;
  /** Told when a supervised process ended and was started again. */
  readonly report?: (event: SupervisionEvent) => void;
}

/** A whole region on this machine. */
export interface LocalRegion {
  readonly directory: RegionDirectory;
  readonly config: RegionConfig;
  readonly secrets: SecretsDirectory;
  readonly record: RunRecord;
  readonly gatewayUrl: string;
  /** Milliseconds from the call to the last service that was ready. */
  readonly readyInMs: number;
  /** What was migrated at this start. */
  readonly prepared: readonly PreparedService[];
  /** A connection string of the platform's superuser: for tests that look at, or break, what services cannot. */
  superuserUrl(database: string): string;
  /** The processes that are supervised now, by name: `postgres`, `nats`, `worker-1`, and with `separate` each service. */
  processes(): ReadonlyMap<string, { readonly pid: number; readonly restarts: number }>;
  /** Sends a signal to one of {@link processes}; supervision starts it again. */
  kill(name: string, signal?: NodeJS.Signals): void;
  /** Stops everything that was started, in order. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a region on this machine: real Postgres, real NATS, every service and the workers. What an earlier start left
 * in the directory is worked on again.
 * @throws Problem `cli.already-up`, `cli.other-region`, `cli.foreign-directory`, or what a server or service says
 */
export async function startLocalRegion(options: LocalRegionOptions = {}): Promise<LocalRegion> {
  const elapsed = stopwatch();
  const identity = { charter: options.charter ?? DEFAULT_CHARTER, region: options.region ?? DEFAULT_REGION };
  const directory = new RegionDirectory(options.directory ?? defaultDirectory(identity.charter));
  assertSameRegion(directory, identity);
  assertNotUp(directory);
  directory.prepare();
  const [secrets, definitions] = await Promise.all([
    createLocalSecrets(directory.secrets),
    loadDefinitions(options.services ?? regionServices),
  ]);
  const start: Start = { options, directory, identity, secrets, report: options.report ?? (() => undefined) };
  const servers = await startRegionServers(start);
  try {
    await configure(start, servers);
    const prepared = await prepareRegion(
      loadRegionConfig(directory.regionFile),
      secrets,
      definitions,
      servers.postgres.current.url('postgres'),
    );
    const parties = await startOnFreePorts(start, servers, definitions);
    return running(start, { servers, parties, prepared, readyInMs: Math.round(elapsed()) });
  } catch (error) {
    await stopServers(servers);
    throw error;
  }
}

/** Another program may take a port between our look and our use of it; then others are chosen. */
const PORT_ATTEMPTS = 3;

async function startOnFreePorts(
  start: Start,
  servers: RegionServers,
  definitions: readonly ServiceDefinition[],
): Promise<RegionParties> {
  const { directory, secrets, report } = start;
  const { separate = false, workers = 1 } = start.options;
  for (let attempt = 1; ; attempt += 1) {
    const { ports, picker } = await configure(start, servers);
    try {
      return await startParties({ directory, secrets, definitions, ports, picker, separate, workers, report });
    } catch (error) {
      const isPortTaken = error instanceof Error && error.message.includes('EADDRINUSE');
      if (!isPortTaken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

interface Start {
  readonly options: LocalRegionOptions;
  readonly directory: RegionDirectory;
  readonly identity: RegionIdentity;
  readonly secrets: SecretsDirectory;
  readonly report: (event: SupervisionEvent) => void;
}

interface Started {
  readonly servers: RegionServers;
  readonly parties: RegionParties;
  readonly prepared: readonly PreparedService[];
  readonly readyInMs: number;
}

function assertNotUp(directory: RegionDirectory): void {
  const { owner } = directory;
  if (owner === undefined) return;
  const record = readRunRecord(directory);
  const where = record ? ` and answers at ${record.gatewayUrl}` : '';
  throw new Problem(cliProblems.alreadyUp, { detail: `This region is up already: process ${owner} runs it${where}.` });
}

function startRegionServers({ options, directory, secrets, report }: Start): Promise<RegionServers> {
  const before = readRegionFile(directory);
  const nats = before ? Number(new URL(before.nats.servers[0]!).port) : wishedPorts.nats;
  const wished = { postgres: before?.postgres.port ?? wishedPorts.postgres, nats };
  const mailPort = mailboxPort(before);
  return startServers({ directory, secrets, wished, mailPort, natsProgram: options.natsProgram, report });
}

/** Writes the region's file with the ports of the last start where they are still free, others where they are not. */
async function configure(
  { directory, identity }: Start,
  { postgres, nats, mailbox }: RegionServers,
): Promise<{ ports: RegionPorts; picker: PortPicker }> {
  const before = readRegionFile(directory);
  const picker = new PortPicker();
  picker.reserve(postgres.current.port, nats.current.port, ...(mailbox ? [mailbox.port] : []));
  const gateway = await picker.pick(before?.http.port ?? wishedPorts.gateway);
  const operations: Record<string, number> = {};
  for (const name of operationsParties) operations[name] = await picker.pick(before?.operations.ports[name]);
  const servers = { postgres: postgres.current.port, nats: nats.current.port, mail: mailbox?.port };
  const ports = { ...servers, gateway, operations };
  writeRegionFile(directory, identity, ports);
  return { ports, picker };
}

function running(start: Start, { servers, parties, prepared, readyInMs }: Started): LocalRegion {
  const config = loadRegionConfig(start.directory.regionFile);
  const { directory, secrets, options } = start;
  const supervised = [servers.postgres, servers.nats, ...parties.children];
  const gatewayUrl = `http://${LOOPBACK}:${config.http.port}`;
  const record: RunRecord = {
    pid: process.pid,
    mode: options.separate ? 'separate' : 'one-process',
    startedAt: (options.clock ?? systemClock).now().toISOString(),
    readyInMs,
    gatewayUrl,
    postgres: `${LOOPBACK}:${servers.postgres.current.port}`,
    nats: servers.nats.current.url,
    ...(servers.mailbox ? { mails: directory.mails } : {}),
    operations: { ...parties.operations },
    processes: Object.fromEntries(supervised.map((one) => [one.name, one.current.pid])),
  };
  writeRunRecord(directory, record);
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    removeRunRecord(directory);
    await parties.stop();
    await stopServers(servers);
  };
  return {
    directory,
    config,
    secrets,
    record,
    gatewayUrl,
    readyInMs,
    prepared,
    superuserUrl: (database) => servers.postgres.current.url(database).reveal(),
    processes: () => new Map(supervised.map((one) => [one.name, { pid: one.current.pid, restarts: one.restartCount }])),
    kill: (name, signal = 'SIGKILL') => {
      const found = supervised.find((one) => one.name === name);
      if (!found)
        throw new Error(`${name} is not a supervised process: ${supervised.map((one) => one.name).join(', ')}`);
      found.current.kill(signal);
    },
    stop: () => (stopped ??= stop()),
  };
}

async function stopServers({ postgres, nats, mailbox }: RegionServers): Promise<void> {
  await Promise.all([nats.stop(), postgres.stop(), mailbox?.stop()]);
}
