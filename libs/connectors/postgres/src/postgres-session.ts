import {
  type CheckResult,
  ConnectorError,
  type Estimate,
  type FieldFilter,
  type KeyPosition,
  type Partition,
  type ReadBatch,
  type ReadRequest,
  type Session,
  type SystemSchema,
  type Writer,
  type WriteRequest,
} from '@millrace/connector-sdk';
import type pg from 'pg';
import { toSystemSchema } from './catalog/discover.js';
import { readCatalog } from './catalog/read-catalog.js';
import { PostgresLog } from './changes/postgres-log.js';
import type { Connected } from './connection/connected.js';
import { connect, makeWritable, type Endpoint } from './connection/connect.js';
import { findTable, readPartition } from './read/read-partition.js';
import { lastKeyStatement, selectStatement, splitStatement } from './read/read-statement.js';
import { translateError } from './translate-error.js';
import { openWriter } from './write/open-writer.js';

/**
 * Questions share one connection, because opening one costs both sides more than most questions. The first read or write
 * after them takes it over; further ones have their own, since they run long and at the same time.
 */
export class PostgresSession implements Session {
  readonly log: PostgresLog;
  private kept: Connected | undefined;

  constructor(private readonly endpoint: Endpoint) {
    this.log = new PostgresLog(endpoint);
  }

  async check(signal: AbortSignal): Promise<CheckResult> {
    return this.ask(signal, async ({ client }) => {
      const { rows } = await client.query<{ version: string; encrypted: boolean | null }>(
        `SELECT current_setting('server_version') AS version,
           (SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()) AS encrypted`,
      );
      const { version, encrypted } = rows[0]!;
      return { ok: true, system: `PostgreSQL ${version.split(' ')[0]}`, missing: [], encrypted: encrypted === true };
    });
  }

  async discover({ streams, signal }: { streams?: readonly string[]; signal: AbortSignal }): Promise<SystemSchema> {
    return this.ask(signal, async ({ client, tables }) => {
      const found = await readCatalog(client, streams);
      tables.clear();
      for (const table of found) tables.set(`${table.schema}.${table.name}`, table);
      return toSystemSchema(found);
    });
  }

  /** The planner's own numbers: free of cost, exact only just after ANALYZE. */
  async estimate({
    stream,
    partition,
    signal,
  }: {
    stream: string;
    partition?: Partition;
    signal: AbortSignal;
  }): Promise<Estimate> {
    return this.ask(
      signal,
      async (connected) => {
        const table = await findTable(connected, stream);
        if (partition) return planned(connected.client, selectStatement(table, partition), partition.projection.length);
        const { schema, name, estimatedRecords } = table;
        const { rows } = await connected.client.query<{ bytes: string }>(
          'SELECT pg_catalog.pg_table_size(c.oid) AS bytes FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2',
          [schema, name],
        );
        const bytes = Number(rows[0]?.bytes ?? 0);
        return {
          ...(estimatedRecords === undefined ? {} : { records: estimatedRecords }),
          ...(bytes > 0 ? { bytes } : {}),
        };
      },
      stream,
    );
  }

  async lastKey(request: {
    stream: string;
    key: readonly string[];
    filter?: readonly FieldFilter[];
    signal: AbortSignal;
  }): Promise<KeyPosition | undefined> {
    return this.ask(
      request.signal,
      async (connected) => {
        const table = await findTable(connected, request.stream);
        const { rows } = await connected.client.query<{ key: string[] }>(
          lastKeyStatement(table, request.key, request.filter),
        );
        return rows[0]?.key;
      },
      request.stream,
    );
  }

  /** By a sample of the table's pages, so that nobody has to have analysed it; views cannot be sampled. */
  async split(request: {
    stream: string;
    key: readonly string[];
    filter?: readonly FieldFilter[];
    parts: number;
    signal: AbortSignal;
  }): Promise<KeyPosition[]> {
    const { stream, key, filter = [], parts, signal } = request;
    return this.ask(
      signal,
      async (connected) => {
        const table = await findTable(connected, stream);
        if (table.sort !== 'table' || table.estimatedRecords === undefined || parts < 2) return [];
        const statement = splitStatement(table, key, filter, { parts, records: table.estimatedRecords });
        const { rows } = await connected.client.query<{ key: string[] }>(statement);
        return rows.map((row) => row.key);
      },
      stream,
    );
  }

  read(request: ReadRequest): AsyncIterable<ReadBatch> {
    return readPartition(() => this.takeOut(request.signal, true), request);
  }

  write(request: WriteRequest): Promise<Writer> {
    return openWriter(this.endpoint, request, () => this.takeOut(request.signal, false));
  }

  /** A database password is revoked by the database's owner. */
  async revoke(): Promise<void> {}

  async close(): Promise<void> {
    const { kept } = this;
    this.kept = undefined;
    await kept?.end();
  }

  /** The connection that answered the last question, given away for good; a new one where there is none any more. */
  private async takeOut(signal: AbortSignal, readOnly: boolean): Promise<Connected> {
    const { kept } = this;
    this.kept = undefined;
    if (kept?.socket.writable) {
      try {
        await (readOnly ? kept.client.query('SELECT') : makeWritable(kept));
        return kept;
      } catch {
        kept.socket.destroy();
      }
    }
    return connect({ ...this.endpoint, context: { ...this.endpoint.context, signal } }, readOnly);
  }

  private async ask<Result>(
    signal: AbortSignal,
    work: (connected: Connected) => Promise<Result>,
    stream?: string,
  ): Promise<Result> {
    signal.throwIfAborted();
    const { kept } = this;
    // While it is out, nobody else takes it.
    this.kept = undefined;
    if (kept?.socket.writable) {
      try {
        return await this.askOver(kept, signal, work);
      } catch (error) {
        signal.throwIfAborted();
        const translated = translateError(error, stream);
        // It may have been lost long ago, while nobody looked: that is no reason to fail now.
        if (!(translated instanceof ConnectorError && translated.code === 'connection-lost')) throw translated;
      }
    }
    const fresh = await connect({ ...this.endpoint, context: { ...this.endpoint.context, signal } }, true);
    try {
      return await this.askOver(fresh, signal, work);
    } catch (error) {
      signal.throwIfAborted();
      throw translateError(error, stream);
    }
  }

  private async askOver<Result>(
    connected: Connected,
    signal: AbortSignal,
    work: (connected: Connected) => Promise<Result>,
  ): Promise<Result> {
    const { socket } = connected;
    const onAbort = () => socket.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const result = await work(connected);
      if (this.kept) socket.destroy();
      else this.kept = connected;
      return result;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/** Bytes that binary COPY adds to a record, and to each of its fields. */
const ROW_BYTES = 2;
const FIELD_BYTES = 4;

/** What the planner expects of a question, and so what comes over the wire. */
async function planned(client: pg.ClientBase, statement: string, fields: number): Promise<Estimate> {
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number; 'Plan Width': number } }] }>(
    `EXPLAIN (FORMAT JSON) ${statement}`,
  );
  const { 'Plan Rows': records, 'Plan Width': width } = rows[0]!['QUERY PLAN'][0].Plan;
  return { records, bytes: records * (width + ROW_BYTES + fields * FIELD_BYTES) };
}
