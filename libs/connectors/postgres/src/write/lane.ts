import type { Batch } from '@millrace/connector-sdk';
import { CopyIn } from '../copy/copy-in.js';
import type { Connected } from '../connection/connect.js';
import type { WriteStatements } from './write-statements.js';

export interface WrittenRows {
  readonly inserted: number;
  /** Undefined where the server does not tell inserts and updates apart; `changed` is then their sum. */
  readonly updated: number | undefined;
}

export type WriteMethod = 'direct' | 'merge' | 'conflict';

/** The nested loop over the target's index is the right plan for a batch; without statistics on the stage others look cheaper. */
const PLANNER = 'SET enable_hashjoin = off; SET enable_mergejoin = off';

/** One connection to the target with its stage; writes one range of rows at a time, each in a transaction of its own. */
export class Lane {
  private staged = false;

  constructor(
    private readonly connected: Connected,
    private readonly statements: WriteStatements,
  ) {}

  /** Writes rows `from` to `to` (exclusive). Rejects with the error as `pg` gave it, with nothing written. */
  async write(batch: Batch, from: number, to: number, method: WriteMethod): Promise<WrittenRows> {
    const rows = batch.bytes.subarray(batch.rowStarts[from], to === batch.rowCount ? batch.end : batch.rowStarts[to]);
    if (method === 'direct') {
      // A statement alone is a transaction.
      await this.copy(this.statements.copyDirect!, rows);
      return { inserted: to - from, updated: 0 };
    }
    return this.stageAndMove(rows, method);
  }

  async close(): Promise<void> {
    await this.connected.client.end();
  }

  abort(): void {
    this.connected.socket.destroy();
  }

  private async stageAndMove(rows: Buffer, method: 'merge' | 'conflict'): Promise<WrittenRows> {
    const { client } = this.connected;
    if (!this.staged) await client.query(`${PLANNER}; ${this.statements.createStage}`);
    this.staged = true;
    try {
      await this.copy(`BEGIN; ${this.statements.copyStage}`, rows);
      const statement = method === 'merge' ? this.statements.merge : this.statements.insertOnConflict;
      const result = await client.query<{ inserted: number; updated: number }>(statement);
      await client.query('COMMIT');
      const [counts] = result.rows;
      return counts
        ? { inserted: counts.inserted, updated: counts.updated }
        : { inserted: result.rowCount ?? 0, updated: undefined };
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  private copy(statement: string, rows: Buffer): Promise<void> {
    const copy = new CopyIn(statement, rows);
    this.connected.client.query(copy);
    return copy.done;
  }
}
