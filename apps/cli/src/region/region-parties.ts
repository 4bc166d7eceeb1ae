import type { ContextName } from '@millrace/contracts';
import { LOOPBACK } from '@millrace/embedded';
import {
  loadRegionConfig,
  type RunningService,
  type SecretsDirectory,
  type ServiceDefinition,
  startService,
} from '@millrace/service';
import { Problem } from '@millrace/kernel';
import { cliProblems } from './problems.js';
import type { RegionDirectory } from './region-directory.js';
import type { PortPicker, RegionPorts } from './region-ports.js';
import { writeWorkerFile } from './region-file.js';
import { serviceProgram } from './service-packages.js';
import { SERVICE_MEMORY, type ServiceProcess, startServiceProcess } from './service-process.js';
import { Supervised, type SupervisionEvent } from './supervised.js';

/** Everything that serves requests or moves records, in the order in which it stops. */
export interface RegionParties {
  readonly children: readonly Supervised<ServiceProcess>[];
  /** Health and metrics of each party. */
  readonly operations: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface PartiesOptions {
  readonly directory: RegionDirectory;
  readonly secrets: SecretsDirectory;
  readonly definitions: readonly ServiceDefinition[];
  readonly ports: RegionPorts;
  readonly picker: PortPicker;
  readonly separate: boolean;
  readonly workers: number;
  readonly report: (event: SupervisionEvent) => void;
}

/** Starts every service and the workers, all at the same time. What started is stopped again when one does not. */
export async function startParties(options: PartiesOptions): Promise<RegionParties> {
  const services = options.definitions.map(({ name }) => name);
  const [hosted, separate, workers] = await Promise.allSettled([
    options.separate ? [] : hostServices(options),
    options.separate ? startAll(services.map((name) => () => startChild(name, options))) : [],
    startWorkers(options),
  ]);
  const inOrder = [...settled(separate)].reverse();
  const stop = async () => {
    const [edge, ...others] = [...settled(hosted)].reverse();
    const [edgeChild, ...otherChildren] = inOrder;
    await edge?.stop();
    await edgeChild?.stop();
    await Promise.all(settled(workers).map((worker) => worker.stop()));
    for (const party of [...others, ...otherChildren]) await party.stop();
  };
  const failure = [hosted, separate, workers].find((one) => one.status === 'rejected');
  if (failure) {
    await stop();
    throw failure.reason;
  }
  const children = [...settled(separate), ...settled(workers)];
  const operations = {
    ...Object.fromEntries(settled(hosted).map((one) => [one.name, one.operationsUrl])),
    ...Object.fromEntries(children.map((one) => [one.name, one.current.operationsUrl])),
  };
  return { children, operations, stop };
}

/** One process for all services: each its own application with its own database and its own connection. */
function hostServices({ directory, secrets, definitions }: PartiesOptions): Promise<RunningService[]> {
  const config = loadRegionConfig(directory.regionFile);
  return startAll(definitions.map((definition) => () => startService(definition, { config, secrets })));
}

function startChild(
  name: ContextName,
  { directory, ports, report }: PartiesOptions,
): Promise<Supervised<ServiceProcess>> {
  const program = serviceProgram(name);
  const operationsUrl = `http://${LOOPBACK}:${ports.operations[name]}`;
  const outputFile = directory.at('logs', `${name}.out`);
  const options = { name, program, nodeOptions: SERVICE_MEMORY, configFile: directory.regionFile };
  return Supervised.start<ServiceProcess>({
    name,
    report,
    launch: (signal) => startServiceProcess({ ...options, operationsUrl, outputFile, signal }),
  });
}

async function startWorkers(options: PartiesOptions): Promise<Supervised<ServiceProcess>[]> {
  const { directory, picker, workers, report } = options;
  if (workers === 0) return [];
  const program = serviceProgram('sync-worker');
  const places: { name: string; configFile: string; port: number }[] = [];
  for (let number = 1; number <= workers; number += 1) {
    const port = number === 1 ? options.ports.operations['sync-worker']! : await picker.pick();
    const configFile = number === 1 ? directory.regionFile : writeWorkerFile(directory, number, port);
    places.push({ name: `worker-${number}`, configFile, port });
  }
  return startAll(
    places.map(({ name, configFile, port }) => () => {
      const operationsUrl = `http://${LOOPBACK}:${port}`;
      const outputFile = directory.at('logs', `${name}.out`);
      const launch = (signal: AbortSignal) =>
        startServiceProcess({ name, program, configFile, operationsUrl, outputFile, signal });
      return Supervised.start<ServiceProcess>({ name, report, launch });
    }),
  );
}

/** Starts all at once; when one fails, those that started are stopped before the failure is thrown. */
async function startAll<T extends { stop(): Promise<void> }>(starts: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results = await Promise.allSettled(starts.map((start) => start()));
  const failed = results.find((one) => one.status === 'rejected');
  if (!failed) return results.map((one) => (one as PromiseFulfilledResult<T>).value);
  for (const one of results) if (one.status === 'fulfilled') await one.value.stop();
  throw failed.reason instanceof Problem
    ? failed.reason
    : new Problem(cliProblems.childFailed, { detail: messageOf(failed.reason), cause: failed.reason });
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

function settled<T>(result: PromiseSettledResult<readonly T[]>): readonly T[] {
  return result.status === 'fulfilled' ? result.value : [];
}
