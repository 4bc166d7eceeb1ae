import { type DynamicModule, Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { Clock, Secret } from '@millrace/kernel';
import { entityOf, type Table } from '@millrace/privacy';
import type { DataSource } from 'typeorm';
import { Database } from './database.js';
import { standardTables } from './standard-tables.js';

export interface PersistenceOptions {
  readonly service: string;
  readonly clock: Clock;
  readonly tables: readonly Table[];
  /** Connection URLs of the app role and the region role; they hold passwords. */
  readonly appUrl: Secret;
  readonly regionUrl: Secret;
}

/** Connections of each service: with seven services they stay far below the server's 200. */
const APP_POOL = 5;
const REGION_POOL = 2;
/** No statement of a service may take longer; the longest are sweeps in batches. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** A lock is held for the length of a short transaction; longer waits mean that somebody is stuck. */
const LOCK_TIMEOUT_MS = 10_000;
/** A client that died inside a transaction must not keep its locks. */
const IDLE_TRANSACTION_TIMEOUT_MS = 15_000;

@Module({})
export class PersistenceModule {
  static forService(options: PersistenceOptions): DynamicModule {
    const { service, clock, tables } = options;
    const entities = [...standardTables, ...tables].map(entityOf);
    const source = (role: 'app' | 'region', url: Secret, max: number): TypeOrmModuleOptions => ({
      type: 'postgres',
      name: `${service}-${role}`,
      url: url.reveal(),
      entities,
      uuidExtension: 'pgcrypto',
      installExtensions: false,
      synchronize: false,
      logging: false,
      retryAttempts: 120,
      retryDelay: 500,
      verboseRetryLog: false,
      // A lost idle connection is replaced by the pool on the next use; nothing has to be done or said.
      poolErrorHandler: () => undefined,
      extra: {
        max,
        statement_timeout: STATEMENT_TIMEOUT_MS,
        lock_timeout: LOCK_TIMEOUT_MS,
        idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
        connectionTimeoutMillis: 5_000,
        application_name: `millrace-${service}-${role}`,
      },
    });
    return {
      module: PersistenceModule,
      global: true,
      imports: [
        TypeOrmModule.forRoot(source('app', options.appUrl, APP_POOL)),
        TypeOrmModule.forRoot(source('region', options.regionUrl, REGION_POOL)),
      ],
      providers: [
        {
          provide: Database,
          inject: [getDataSourceToken(`${service}-app`), getDataSourceToken(`${service}-region`)],
          useFactory: (app: DataSource, region: DataSource) => new Database(app, region, { service, clock }),
        },
      ],
      exports: [Database],
    };
  }
}
