import {
  type ChangeFeed,
  type ChangeLog,
  type ChangesRequest,
  ConnectorError,
  type LogPosition,
} from '@millrace/connector-sdk';
import type { Connected } from '../connection/connected.js';
import { connect, type Endpoint } from '../connection/connect.js';
import { translateError } from '../translate-error.js';
import { PostgresChangeFeed } from './change-feed.js';
import { feedObject } from './feed-name.js';
import { followedTables } from './followed-table.js';
import { formatLsn, parseLsn } from './lsn.js';
import { dropPublication, ensurePublication } from './publication.js';
import { createSlot, dropSlot, findSlot } from './replication-slot.js';

/** The first version whose `pgoutput` sends binary values and logical messages. */
const FIRST_VERSION = 140_000;
/** Length of the header at the start of a page of the log; longer at the start of a segment. In bytes. */
const PAGE_HEADERS = [24, 40];

/** The log of a PostgreSQL server: logical replication with a slot and a publication of our own per feed. */
export class PostgresLog implements ChangeLog {
  constructor(private readonly endpoint: Endpoint) {}

  /**
   * The publication is made before the slot, because the log is read with the catalog of its time. A stream that is added
   * later is told of from then on.
   */
  async follow(request: ChangesRequest): Promise<ChangeFeed> {
    const { feed, streams, after, signal } = request;
    const name = feedObject(feed);
    return this.within(signal, streams[0]?.stream, async ({ client, version }) => {
      if (version < FIRST_VERSION) throw new ConnectorError('unsupported-server');
      const { rows } = await client.query<{ level: string }>(`SELECT current_setting('wal_level') AS level`);
      if (rows[0]!.level !== 'logical') throw new ConnectorError('log-not-kept');
      const tables = await followedTables(client, streams, version);
      const found = await findSlot(client, name);
      if (found === undefined && after !== undefined) throw new ConnectorError('feed-lost');
      const publicationCreated = await ensurePublication(client, name, tables, version);
      let start = found;
      try {
        start ??= await createSlot(client, name, signal);
      } catch (error) {
        if (publicationCreated) await dropPublication(client, name);
        throw error;
      }
      const opened = { start: after ?? start, created: found === undefined, tables };
      return new PostgresChangeFeed(this.endpoint, request, opened);
    });
  }

  async logEnd(signal: AbortSignal): Promise<LogPosition> {
    return this.within(signal, undefined, async ({ client }) => {
      const { rows } = await client.query<{ end: string; page: number }>(
        `SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
           ELSE pg_catalog.pg_current_wal_insert_lsn() END AS end, current_setting('wal_block_size')::int AS page`,
      );
      const end = parseLsn(rows[0]!.end);
      // Where the next record would start is behind the header of a page that no record has begun: none ends there.
      const header = end % rows[0]!.page;
      return formatLsn(PAGE_HEADERS.includes(header) ? end - header : end);
    });
  }

  async dropFeed(feed: string, signal: AbortSignal): Promise<void> {
    const name = feedObject(feed);
    await this.within(signal, undefined, async ({ client }) => {
      await dropSlot(client, name, signal);
      await dropPublication(client, name);
    });
  }

  private async within<Result>(
    signal: AbortSignal,
    stream: string | undefined,
    work: (connected: Connected) => Promise<Result>,
  ): Promise<Result> {
    signal.throwIfAborted();
    const connected = await connect({ ...this.endpoint, context: { ...this.endpoint.context, signal } }, false);
    const onAbort = () => connected.socket.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await work(connected);
    } catch (error) {
      signal.throwIfAborted();
      throw translateError(error, stream);
    } finally {
      signal.removeEventListener('abort', onAbort);
      connected.socket.destroy();
    }
  }
}
