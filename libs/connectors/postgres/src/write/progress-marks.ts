import type { WriteRequest } from '@millrace/connector-sdk';
import type pg from 'pg';
import { identifier, literal, qualified } from '../sql.js';
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

  constructor(private readonly request: Pick<WriteRequest, 'writeId' | 'target'>) {
    this.table = qualified(request.target.schema, TABLE);
  }

  /** Makes the table if it is missing and gives the mark that an earlier attempt left, if any. */
  async open(client: pg.ClientBase): Promise<string | undefined> {
    await tolerant(
      client,
      `CREATE TABLE IF NOT EXISTS ${this.table} (write_id text PRIMARY KEY, target text NOT NULL, mark text NOT NULL, at timestamptz NOT NULL)`,
    );
    await client.query(`DELETE FROM ${this.table} WHERE at < pg_catalog.now() - interval '${FORGET_AFTER}'`);
    const { rows } = await client.query<{ mark: string }>(`SELECT mark FROM ${this.table} WHERE write_id = $1`, [
      this.request.writeId,
    ]);
    return rows[0]?.mark;
  }

  /** The statement that remembers a batch; part of the batch's transaction. */
  keepStatement(mark: string): string {
    const { writeId, target } = this.request;
    const values = [writeId, target.name, mark].map(literal).join(', ');
    return (
      `INSERT INTO ${this.table} AS p (write_id, target, mark, at) VALUES (${values}, pg_catalog.now()) ` +
      `ON CONFLICT (write_id) DO UPDATE SET mark = excluded.mark, at = excluded.at`
    );
  }

  /** The statement that forgets this write. */
  forgetStatement(): string {
    return `DELETE FROM ${this.table} WHERE ${identifier('write_id')} = ${literal(this.request.writeId)}`;
  }
}
