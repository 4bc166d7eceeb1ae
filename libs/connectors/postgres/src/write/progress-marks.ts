import { randomUUID } from 'node:crypto';
import type { WriteRequest } from '@millrace/connector-sdk';
import type pg from 'pg';
import { literal, qualified } from '../sql.js';
import { tolerant } from './tolerant.js';

const TABLE = 'millrace_progress';
/** Marks of writes that nobody took up again; no run lives as long. */
const FORGET_AFTER = '30 days';

/**
 * A small table in the target's schema that remembers how far each appending or replacing write has come. It holds sealed
 * positions, which say nothing to the target's owner.
 */
export class ProgressMarks {
  private readonly table: string;
  /** Tells this attempt from every other one. */
  private readonly holder = randomUUID();

  /**
   * `place` is what is written to. Where `isSole`, one write at a time may have it: opening the marks takes the place from
   * every other write, whose next commit fails.
   */
  constructor(
    private readonly request: Pick<WriteRequest, 'writeId' | 'target'>,
    private readonly place: string = request.target.name,
    private readonly isSole = false,
  ) {
    this.table = qualified(request.target.schema, TABLE);
  }

  /**
   * Makes the table if it is missing, takes the write over from whoever held it, and gives the mark that they left, if any.
   * Waits for a commit of theirs that is under way; from then on theirs fail.
   */
  async open(client: pg.ClientBase): Promise<string | undefined> {
    const { writeId } = this.request;
    await tolerant(
      client,
      `CREATE TABLE IF NOT EXISTS ${this.table} (write_id text PRIMARY KEY, holder text NOT NULL, target text NOT NULL, mark text, at timestamptz NOT NULL)`,
    );
    await client.query(`DELETE FROM ${this.table} WHERE at < pg_catalog.now() - interval '${FORGET_AFTER}'`);
    if (this.isSole)
      await client.query(`DELETE FROM ${this.table} WHERE target = $1 AND write_id <> $2`, [this.place, writeId]);
    const { rows } = await client.query<{ mark: string | null }>(
      `INSERT INTO ${this.table} AS p (write_id, holder, target, at) VALUES ($1, $2, $3, pg_catalog.now())
       ON CONFLICT (write_id) DO UPDATE SET holder = excluded.holder, at = excluded.at RETURNING p.mark`,
      [writeId, this.holder, this.place],
    );
    return rows[0]?.mark ?? undefined;
  }

  /** The statement that remembers a batch; part of the batch's transaction. It finds no row once the write was taken over. */
  keepStatement(mark: string): string {
    const { writeId } = this.request;
    return (
      `UPDATE ${this.table} SET mark = ${literal(mark)}, at = pg_catalog.now() ` +
      `WHERE write_id = ${literal(writeId)} AND holder = ${literal(this.holder)}`
    );
  }

  /** The statement that forgets the mark, when what it speaks of is gone. */
  clearStatement(): string {
    return `UPDATE ${this.table} SET mark = NULL WHERE write_id = ${literal(this.request.writeId)}`;
  }

  /** The statement that gives one row as long as the write was not taken over, and keeps it so until the transaction ends. */
  holdStatement(): string {
    return `SELECT FROM ${this.table} WHERE write_id = ${literal(this.request.writeId)} AND holder = ${literal(this.holder)} FOR UPDATE`;
  }

  /** The statement that forgets this write. */
  forgetStatement(): string {
    return `DELETE FROM ${this.table} WHERE write_id = ${literal(this.request.writeId)}`;
  }
}
