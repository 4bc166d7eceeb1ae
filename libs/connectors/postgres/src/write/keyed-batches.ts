import { type Batch, delay, type WriteRequest } from '@millrace/connector-sdk';
import { sqlState } from '../translate-error.js';
import type { BatchMethod, WriteBatch } from './batch-method.js';
import type { Lane } from './lane.js';
import { refusalRule } from './refusal-rule.js';
import type { Tally, WrittenRows } from './tally.js';
import type { WriteStatements } from './write-statements.js';

/** Attempts at a range of rows that collided with another writer (deadlock, serialization failure). */
const MAX_COLLISIONS = 5;
const COLLISION_PAUSE_MS = 50;

/** Straight into an empty target; or over the stage by MERGE, by INSERT … ON CONFLICT, or by UPDATE of what is there. */
export type KeyedMethod = 'direct' | 'merge' | 'conflict' | 'update';

/**
 * Writes by key, so that writing again has no second effect. A range that the server refuses is halved until the refused
 * records stand alone; the rest of it is written.
 */
export class KeyedBatches implements BatchMethod {
  constructor(
    private readonly statements: WriteStatements,
    private readonly request: WriteRequest,
    private method: KeyedMethod,
  ) {}

  begin(): WriteBatch {
    return async (lane, batch, tally) => {
      if (batch.rowCount > 0) await this.writeRange(lane, batch, 0, batch.rowCount, tally);
    };
  }

  private async writeRange(lane: Lane, batch: Batch, from: number, to: number, tally: Tally): Promise<void> {
    try {
      tally.count(await this.persist(lane, batch, from, to, tally), to - from);
    } catch (error) {
      const rule = refusalRule(sqlState(error) ?? '');
      if (!rule) throw error;
      if (to - from === 1) return tally.refuse(from, rule, error);
      const middle = (from + to) >>> 1;
      await this.writeRange(lane, batch, from, middle, tally);
      await this.writeRange(lane, batch, middle, to, tally);
    }
  }

  /** Tries the planned method, then those that cope with more. */
  private async persist(lane: Lane, batch: Batch, from: number, to: number, tally: Tally): Promise<WrittenRows> {
    for (let collisions = 0, method = this.method; ;) {
      try {
        return await this.write(lane, batch, from, to, method, tally);
      } catch (error) {
        const state = sqlState(error);
        const next = state && nextMethod(method, state);
        if (next) {
          // Somebody else writes here too: the target is no longer ours alone for the rest of the run.
          if (method === 'direct') this.method = 'merge';
          method = next;
        } else if (state?.startsWith('40') && ++collisions < MAX_COLLISIONS) {
          await delay(COLLISION_PAUSE_MS * collisions, this.request.signal);
        } else throw error;
      }
    }
  }

  private async write(
    lane: Lane,
    batch: Batch,
    from: number,
    to: number,
    method: KeyedMethod,
    tally: Tally,
  ): Promise<WrittenRows> {
    const { statements } = this;
    if (method === 'direct') {
      // A statement alone is a transaction.
      await lane.copy(statements.copyDirect!, batch, from, to);
      return { inserted: to - from, updated: 0 };
    }
    await lane.prepareStage();
    return lane.undoOnFailure(async () => {
      await lane.copy(`BEGIN; ${statements.mark}${statements.copyStage}`, batch, from, to);
      const result = await lane.query<{ inserted: number; updated: number }>(statements[method]);
      const missing = method === 'update' ? await lane.query<{ row: number }>(statements.missing) : undefined;
      await lane.query('COMMIT');
      for (const { row } of missing?.rows ?? []) tally.refuse(from + row, 'no-such-record');
      // What is not there is refused, not unchanged.
      tally.unchanged -= missing?.rowCount ?? 0;
      const [counts] = result.rows;
      return counts ?? { inserted: result.rowCount ?? 0, updated: undefined };
    });
  }
}

/** A key that is there already: COPY cannot cope, MERGE can unless it appeared after its snapshot, ON CONFLICT always. */
function nextMethod(method: KeyedMethod, state: string): KeyedMethod | undefined {
  if (state !== '23505') return undefined;
  return method === 'direct' ? 'merge' : method === 'merge' ? 'conflict' : undefined;
}
