import { kernelProblems } from '@millrace/contracts';
import { type Clock, Problem, Secret } from '@millrace/kernel';
import type { DataSource } from 'typeorm';
import { BulkReader } from './bulk-reader.js';
import { inTransaction } from './in-transaction.js';
import { type Actor, type LeftToSend, Tx } from './tx.js';

/** What a tenant scope sets: rows are visible as the guards of their table say. An empty scope sees nothing. */
export interface Scope {
  readonly orgId?: string;
  readonly subject?: string;
  /** Something the caller shows: the hash of a session token, the lookup of an address. */
  readonly key?: Buffer;
}

export interface DatabaseOptions {
  readonly service: string;
  readonly clock: Clock;
}

/** The only door to a service's database. */
export class Database {
  private readonly listeners = new Set<(left: LeftToSend) => void>();

  constructor(
    private readonly app: DataSource,
    private readonly wholeRegion: DataSource,
    private readonly options: DatabaseOptions,
  ) {}

  /** Runs `work` in a transaction that sees what `scope` may see. Keep it short: no hashing, no remote call, no waiting inside. */
  async scoped<T>(scope: Scope, actor: Actor, work: (tx: Tx) => Promise<T>): Promise<T> {
    const settings = {
      'app.org': scope.orgId ?? '',
      'app.subject': scope.subject ?? '',
      'app.key': scope.key?.toString('hex') ?? '',
    };
    return this.transaction(this.app, settings, actor, work);
  }

  /** Runs `work` in a transaction that sees every row of this service: for other services, sweeps, probes and relays only. */
  async region<T>(actor: Actor, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.transaction(this.wholeRegion, {}, actor, work);
  }

  /** Hears of every commit that left something to be sent on, so that nothing waits for the next poll. */
  onCommit(listener: (left: LeftToSend) => void): void {
    this.listeners.add(listener);
  }

  /** A connection apart from the pools that reads every row of this service, for audits; close it. */
  bulkReader(): Promise<BulkReader> {
    const { url } = this.wholeRegion.options as { url?: string };
    return BulkReader.open(new Secret(url ?? ''), `millrace-${this.options.service}-bulk`);
  }

  /** Whether both pools answer. */
  async ready(): Promise<boolean> {
    try {
      await Promise.all([this.app.query('select 1'), this.wholeRegion.query('select 1')]);
      return true;
    } catch {
      return false;
    }
  }

  private async transaction<T>(
    source: DataSource,
    settings: Readonly<Record<string, string>>,
    actor: Actor,
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    const { service, clock } = this.options;
    let left: LeftToSend | undefined;
    let result: T;
    try {
      result = await inTransaction(source, settings, (manager) => {
        const tx = new Tx(manager, { service, clock, actor });
        left = tx.left;
        return work(tx);
      });
    } catch (error) {
      throw isLostConnection(error) ? new Problem(kernelProblems.unavailable, { cause: error }) : error;
    }
    if (left && (left.outbox || left.audit)) for (const listener of this.listeners) listener(left);
    return result;
  }
}

interface PostgresError {
  readonly code?: string;
  readonly constraint?: string;
  readonly driverError?: PostgresError;
  readonly message?: string;
}

const codeOf = (error: unknown): string | undefined => {
  const { driverError, code } = (error ?? {}) as PostgresError;
  return driverError?.code ?? code;
};

/** SQLSTATE class 08 and 57P0x, time-outs (57014, 55P03, 25P03), and the socket errors of a server that is gone. */
function isLostConnection(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (
    /^08|^57P0[123]$|^57014$|^55P03$|^25P03$/.test(code) ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT'].includes(code)
  )
    return true;
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/.test(
    (error as Error | undefined)?.message ?? '',
  );
}

/** Whether the error is a violated uniqueness (SQLSTATE 23505). */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === '23505';
}
