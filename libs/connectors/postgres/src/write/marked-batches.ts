import type { Batch } from '@millrace/connector-sdk';
import { sqlState } from '../translate-error.js';
import type { BatchMethod, WriteBatch } from './batch-method.js';
import type { Lane } from './lane.js';
import type { ProgressMarks } from './progress-marks.js';
import { refusalRule } from './refusal-rule.js';
import type { Tally } from './tally.js';
import type { AppendStatements } from './write-statements.js';

/**
 * Adds records without looking for their keys. Each batch is one transaction that also keeps the batch's mark, and
 * transactions commit in the order of their batches: the target itself knows what it has, and a batch that is delivered
 * again is not written twice. While one batch waits for its turn to commit, its rows are already there.
 */
export class MarkedBatches implements BatchMethod {
  private last: Promise<void> = Promise.resolve();

  /** Without `marks` batches are not remembered: an interrupted write then starts over. */
  constructor(
    private readonly statements: AppendStatements,
    private readonly marks: ProgressMarks | undefined,
  ) {}

  begin(mark?: string): WriteBatch {
    const before = this.last;
    let settle!: (outcome: Promise<void>) => void;
    this.last = new Promise((resolve) => {
      settle = resolve;
    });
    // Somebody waits for it only if there is a next batch.
    this.last.catch(() => undefined);
    return (lane, batch, tally) => {
      const done = this.transact(lane, batch, tally, before, mark);
      settle(done);
      return done;
    };
  }

  private async transact(lane: Lane, batch: Batch, tally: Tally, before: Promise<void>, mark?: string): Promise<void> {
    if (this.statements.insertStaged) await lane.prepareStage();
    try {
      await lane.undoOnFailure(async () => {
        await this.add(lane, batch, 0, batch.rowCount, 'BEGIN; ');
        await this.commit(lane, before, mark);
      });
      tally.inserted += batch.rowCount;
    } catch (error) {
      if (!refusalRule(sqlState(error) ?? '')) throw error;
      await lane.undoOnFailure(async () => {
        await lane.query('BEGIN');
        await this.addCarefully(lane, batch, 0, batch.rowCount, tally);
        await this.commit(lane, before, mark);
      });
    }
  }

  /** Halves a refused range until the refused records stand alone, all inside the batch's one transaction. */
  private async addCarefully(lane: Lane, batch: Batch, from: number, to: number, tally: Tally): Promise<void> {
    try {
      await lane.query('SAVEPOINT part');
      await this.add(lane, batch, from, to, '');
      await lane.query('RELEASE SAVEPOINT part');
      tally.inserted += to - from;
    } catch (error) {
      const rule = refusalRule(sqlState(error) ?? '');
      if (!rule) throw error;
      await lane.query('ROLLBACK TO SAVEPOINT part');
      if (to - from === 1) return tally.refuse(from, rule, error);
      const middle = (from + to) >>> 1;
      await this.addCarefully(lane, batch, from, middle, tally);
      await this.addCarefully(lane, batch, middle, to, tally);
    }
  }

  private async add(lane: Lane, batch: Batch, from: number, to: number, prefix: string): Promise<void> {
    const { copy, insertStaged } = this.statements;
    await lane.copy(prefix + copy, batch, from, to);
    if (insertStaged) await lane.query(insertStaged);
  }

  private async commit(lane: Lane, before: Promise<void>, mark: string | undefined): Promise<void> {
    // Throws when an earlier batch failed: what comes after it must not be there without it.
    await before;
    const keep = this.marks && mark !== undefined ? `${this.marks.keepStatement(mark)}; ` : '';
    await lane.query(`${keep}COMMIT`);
  }
}
