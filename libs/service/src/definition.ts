import type { ContextName, KeyFileKind } from '@millrace/contracts';
import type { MigrationClass, Tx } from '@millrace/persistence';
import type { Table } from '@millrace/privacy';
import type { DynamicModule, INestApplication, Type } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Runtime } from './runtime.js';

/** What an evidence reader may use. The transaction sees the whole region's rows and must only read. */
export interface Inquiry {
  readonly tx: Tx;
  readonly runtime: Runtime;
  readonly parameters: Record<string, unknown>;
  /** A transaction of the application role without a tenant, as a stranger would have it. */
  readonly asStranger: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
}

/** Answers one question of the promise probes with impersonal evidence. */
export type EvidenceReader = (inquiry: Inquiry) => Promise<Record<string, unknown>>;

/** One service: all that `startService` needs to know. */
export interface ServiceDefinition {
  readonly name: ContextName;
  readonly tables: readonly Table[];
  readonly migrations: readonly MigrationClass[];
  /** The service's Nest module; `Runtime` and `Database` can be injected into it. */
  readonly module: Type | DynamicModule;
  /** Evidence readers by question, besides those that every service has. */
  readonly evidence?: Readonly<Record<string, EvidenceReader>>;
  /** How many rows can be used with each version of a key only, by version: what keeps a version from being retired. */
  readonly keysNeeded?: Readonly<Partial<Record<KeyFileKind, (tx: Tx) => Promise<ReadonlyMap<string, number>>>>>;
  /**
   * Told before a person's rows are erased, where somebody outside must be told too. Answers which closing organizations'
   * rows are still needed for that and stay for now: the erasure finds them afterwards, and comes again.
   */
  readonly beforeErase?: (
    tx: Tx,
    subject: { ids: readonly string[]; closingOrgIds: readonly string[] },
    runtime: Runtime,
  ) => Promise<readonly string[]>;
  /** Only the gateway: the HTTP edge. */
  readonly http?: {
    readonly adapter: (runtime: Runtime) => AbstractHttpAdapter;
    readonly configure: (app: INestApplication, runtime: Runtime) => Promise<void>;
  };
}
