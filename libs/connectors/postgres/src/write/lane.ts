import type { Batch } from '@millrace/connector-sdk';
import type pg from 'pg';
import { CopyIn } from '../copy/copy-in.js';
import type { Connected } from '../connection/connected.js';

/** The nested loop over the target's index is the right plan for a batch; without statistics on the stage others look cheaper. */
const PLANNER = 'SET enable_hashjoin = off; SET enable_mergejoin = off';

/** One connection to the target, with a stage of its own once that is needed. Errors come as `pg` gave them. */
export class Lane {
  private staged = false;

  constructor(
    private readonly connected: Connected,
    private readonly createStage: string,
  ) {}

  query<Row extends pg.QueryResultRow>(statement: string): Promise<pg.QueryResult<Row>> {
    return this.connected.client.query<Row>(statement);
  }

  /** Sends rows `from` to `to` (exclusive) to a statement whose last part is a binary COPY. */
  copy(statement: string, batch: Batch, from: number, to: number): Promise<void> {
    const end = to === batch.rowCount ? batch.end : batch.rowStarts[to];
    const copy = new CopyIn(statement, batch.bytes.subarray(batch.rowStarts[from], end));
    this.connected.client.query(copy);
    return copy.done;
  }

  /** Makes the stage, once. Outside of a transaction, which could undo it. */
  async prepareStage(): Promise<void> {
    if (this.staged) return;
    await this.query(`${PLANNER}; ${this.createStage}`);
    this.staged = true;
  }

  /** Runs work that begins its own transaction and commits it; whatever fails is undone. */
  async undoOnFailure<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      await this.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.connected.end();
  }

  abort(): void {
    this.connected.socket.destroy();
  }
}
