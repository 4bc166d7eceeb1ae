import path from 'node:path';
import {
  CHANGE_OPERATIONS,
  type CellKind,
  type ChangeBatch,
  type ChangesRequest,
  cellText,
  Secret,
  type Session,
  SlabPool,
} from '@millrace/connector-sdk';
import { type PostgresServer, startPostgres, THROWAWAY } from '@millrace/embedded';
import { scratchDirectory, type TestDatabase } from '@millrace/testing';
import pg from 'pg';
import { LIMITS, never } from '../session.fixture.js';

const PASSWORD = new Secret('logical-test');

export interface LogicalServer extends AsyncDisposable {
  readonly server: PostgresServer;
  createDatabase(): Promise<TestDatabase>;
}

/** A server whose log can be followed; the one that all tests share keeps none. */
export async function startLogicalServer(settings: Record<string, string> = {}): Promise<LogicalServer> {
  const scratch = scratchDirectory();
  const server = await startPostgres({
    dataDir: path.join(scratch.path, 'logical'),
    logFile: path.join(scratch.path, 'logical.log'),
    password: PASSWORD,
    settings: { ...THROWAWAY, wal_level: 'logical', max_replication_slots: '20', max_wal_senders: '20', ...settings },
  });
  let count = 0;
  const query = async <Row extends pg.QueryResultRow>(
    database: string,
    sql: string,
    values: readonly unknown[] = [],
  ) => {
    const client = new pg.Client({ connectionString: server.url(database).reveal() });
    await client.connect();
    try {
      return (await client.query<Row>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  return {
    server,
    createDatabase: async () => {
      const name = `db_${count++}`;
      await query('postgres', `CREATE DATABASE ${name}`);
      const drop = async () => void (await query('postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
      return {
        name,
        host: server.host,
        port: server.port,
        user: server.superuser,
        password: PASSWORD,
        url: server.url(name),
        query: (sql, values) => query(name, sql, values),
        drop,
        [Symbol.asyncDispose]: drop,
      };
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop('immediate');
      scratch[Symbol.dispose]();
    },
  };
}

/** A request for one stream of as-is fields, or for several. */
export function follows(
  feed: string,
  streams: Record<string, readonly string[]>,
  change: Partial<ChangesRequest> = {},
): ChangesRequest {
  return {
    feed,
    streams: Object.entries(streams).map(([stream, fields]) => ({
      stream,
      projection: fields.map((field) => ({ field, as: 'as-is' as const })),
      key: [fields[0]!],
    })),
    limits: LIMITS,
    slabs: new SlabPool(65_536),
    signal: never(),
    ...change,
  };
}

/** One change as text: `insert 1 one`; an untold cell is `~`, null `-`. */
export function lines(batch: ChangeBatch, fields: readonly string[], kinds: readonly CellKind[]): string[] {
  const { batch: slab, operations, absences, absenceOf, truncated } = batch;
  const rows = Array.from({ length: slab.rowCount }, (_, row) => {
    let at = slab.rowStarts[row]! + 2;
    const cells = kinds.map((kind, cell) => {
      const length = slab.bytes.readInt32BE(at);
      const text = length < 0 ? '-' : cellText(kind, slab.bytes, at + 4, length);
      at += 4 + Math.max(length, 0);
      return absences[absenceOf[row]!]!.includes(fields[cell]!) ? '~' : text;
    });
    return [CHANGE_OPERATIONS[operations[row]!], ...cells].join(' ');
  });
  return [...(truncated ? ['truncate'] : []), ...rows];
}

/** Everything that the log holds for the request at this moment, confirmed as it goes. */
export async function readLog(session: Session, request: ChangesRequest): Promise<ChangeBatch[]> {
  const upTo = request.upTo ?? (await session.log!.logEnd(never()));
  const feed = await session.log!.follow({ ...request, upTo });
  const batches: ChangeBatch[] = [];
  for await (const batch of feed) {
    batches.push(batch);
    if (batch.position) feed.confirm(batch.position);
  }
  await feed.close();
  return batches;
}
