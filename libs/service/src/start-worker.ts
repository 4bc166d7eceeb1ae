import 'reflect-metadata';
import type { ServiceName } from '@millrace/contracts';
import { OperationServer } from '@millrace/messaging';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { joinRegion, type StartOptions } from './join-region.js';
import { startOperationsServer } from './operations-server.js';
import { RefusingFilter } from './refusing.filter.js';
import type { Runtime } from './runtime.js';
import { runtimeModule } from './runtime.module.js';

export interface RunningWorker {
  readonly runtime: Runtime;
  readonly operationsUrl: string;
  /** Stops taking work, lets modules finish or hand back what is at work (`onApplicationShutdown`), closes every connection. */
  stop(): Promise<void>;
}

/** Boots a party that has no database: it answers operations and calls others, and keeps nothing. */
export async function startWorker(
  name: ServiceName,
  module: Type | DynamicModule,
  options: StartOptions,
): Promise<RunningWorker> {
  const { runtime, tokens, seals } = await joinRegion(name, options);
  const { connection, client, clock, metrics, config, instruments } = runtime;
  const strategy = new OperationServer({
    service: name,
    connection,
    tokens,
    seals,
    instruments,
    clock,
    client,
    get database(): never {
      throw new Error(`${name} has no database`);
    },
  });

  @Module({ imports: [runtimeModule(runtime), module] })
  class RootModule {}

  const app = await NestFactory.createMicroservice<MicroserviceOptions>(RootModule, {
    strategy,
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new RefusingFilter());
  await app.listen();
  const operations = await startOperationsServer({
    host: config.operations.host,
    port: config.operations.ports[name] ?? 0,
    metrics,
    ready: async () => !connection.isClosed(),
  });
  const stop = async () => {
    await app.close();
    await operations.close();
    await connection.drain().catch(() => undefined);
    await connection.close();
  };
  let stopped: Promise<void> | undefined;
  return { runtime, operationsUrl: operations.url, stop: () => (stopped ??= stop()) };
}
