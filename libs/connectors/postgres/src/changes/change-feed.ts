import type { ChangeBatch, ChangeFeed, ChangesRequest, LogPosition } from '@millrace/connector-sdk';
import type { Connected } from '../connection/connected.js';
import { connect, type Endpoint } from '../connection/connect.js';
import { identifier } from '../sql.js';
import { BatchCompleter } from './complete-batch.js';
import { translateSlotError } from './feed-errors.js';
import { feedObject } from './feed-name.js';
import type { FollowedTable } from './followed-table.js';
import { formatLsn, type Lsn, parseLsn } from './lsn.js';
import type { OpenBatch } from './open-batch.js';
import { ReplicationStream } from './replication-stream.js';

/** Time for the server to take our last confirmation and say goodbye, in milliseconds. */
const GOODBYE_MS = 2_000;

/** What `follow` found out before the feed was opened. */
export interface OpenedSlot {
  readonly start: LogPosition;
  readonly created: boolean;
  readonly tables: readonly FollowedTable[];
}

/**
 * A feed over a connection of its own. It is opened with the iteration and not before, so that a snapshot can be read
 * first, however long that takes: the slot keeps the log meanwhile.
 */
export class PostgresChangeFeed implements ChangeFeed {
  readonly start: LogPosition;
  readonly created: boolean;
  private readonly first: Lsn;
  private readonly upTo: Lsn | undefined;
  private readonly stream: ReplicationStream;
  private readonly completer: BatchCompleter;
  private readonly scoped: Endpoint;
  private connected: Connected | undefined;
  private readonly onAbort = () => this.connected?.socket.destroy();

  constructor(
    endpoint: Endpoint,
    private readonly request: ChangesRequest,
    { start, created, tables }: OpenedSlot,
  ) {
    const { feed, limits, slabs, signal, ignoreMark } = request;
    const name = feedObject(feed);
    this.start = start;
    this.created = created;
    this.first = parseLsn(start);
    this.upTo = request.upTo === undefined ? undefined : parseLsn(request.upTo);
    this.scoped = { ...endpoint, context: { ...endpoint.context, signal } };
    this.completer = new BatchCompleter(this.scoped, slabs, limits.maxRecordBytes);
    // Binary cells are the batch's own; messages carry the marks of our writer.
    const options = `proto_version '1', publication_names '${identifier(name)}', binary 'true', messages 'true'`;
    const command = `START_REPLICATION SLOT ${identifier(name)} LOGICAL ${start} (${options})`;
    const upTo = this.upTo;
    this.stream = new ReplicationStream({ command, tables, start: this.first, upTo, ignoreMark, limits, slabs });
  }

  get reached(): LogPosition {
    return formatLsn(this.stream.reached);
  }

  confirm(position: LogPosition): void {
    this.stream.confirm(parseLsn(position));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ChangeBatch, void, void> {
    const { signal } = this.request;
    if (this.upTo !== undefined && this.upTo <= this.first) return;
    let finished = false;
    try {
      signal.throwIfAborted();
      this.connected = await connect(this.scoped, true, { replication: true });
      signal.addEventListener('abort', this.onAbort, { once: true });
      this.connected.client.query(this.stream);
      for (let batch = await this.stream.next(); batch; batch = await this.stream.next()) {
        yield await this.told(batch);
      }
      finished = true;
    } catch (error) {
      signal.throwIfAborted();
      throw translateSlotError(error);
    } finally {
      // At the end of the log the consumer still has something to confirm.
      if (!finished) await this.close();
    }
  }

  async close(): Promise<void> {
    const { connected } = this;
    this.connected = undefined;
    this.request.signal.removeEventListener('abort', this.onAbort);
    this.stream.close();
    await this.completer.close();
    if (!connected) return;
    const { socket } = connected;
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      setTimeout(resolve, GOODBYE_MS).unref();
    });
    if (this.request.signal.aborted) socket.destroy();
    else {
      socket.resume();
      void connected.end();
      await closed;
      socket.destroy();
    }
  }

  private async told(batch: OpenBatch): Promise<ChangeBatch> {
    const { absences, truncated, committedAtMs, end } = batch;
    const slab = await this.completer.complete(batch);
    slab.contiguous = true;
    return {
      stream: batch.plan.table.followed.stream,
      batch: slab,
      operations: batch.operations.subarray(0, slab.rowCount),
      absences,
      absenceOf: batch.absenceOf.subarray(0, slab.rowCount),
      truncated,
      ...(end === undefined ? {} : { position: formatLsn(end) }),
      committedAtMs,
    };
  }
}
