import { finished } from 'node:stream/promises';
import type { Secret } from '@millrace/kernel';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';

const CONNECT_TIMEOUT_MS = 5_000;
/** A stretch of a table is read at a time; the longest takes a fraction of a second. */
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * A connection of its own for reading whole tables stretch by stretch, in PostgreSQL's binary COPY form, which costs both sides
 * a fraction of what rows of text do. It can only read, and goes by keys: statistics of a table that has just grown by a
 * million rows would have it read whole for each stretch.
 *
 * Source of the form: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
export class BulkReader {
  private constructor(private readonly client: pg.Client) {}

  static async open(url: Secret, name: string): Promise<BulkReader> {
    const client = new pg.Client({
      connectionString: url.reveal(),
      application_name: name,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      options: '-c default_transaction_read_only=on -c enable_seqscan=off -c enable_bitmapscan=off',
    });
    // A server that goes away fails the statement that is under way, or the next.
    client.on('error', () => undefined);
    await client.connect();
    return new BulkReader(client);
  }

  /**
   * What a query gives, whole, in memory of its own, so that it can be handed to another thread.
   * @param query has no parameters: write nothing into it but numbers of your own
   */
  async copy(query: string): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Buffer[] = [];
    let size = 0;
    const stream = this.client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`));
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
    });
    await finished(stream);
    const whole = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  close(): Promise<void> {
    return this.client.end();
  }
}
