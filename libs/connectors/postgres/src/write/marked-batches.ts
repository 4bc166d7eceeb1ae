import { type Batch, ConnectorError } from '@millrace/connector-sdk';
import { sqlState } from '../translate-error.js';
import type { BatchMethod, WriteBatch } from './batch-method.js';
import type { Lane } from './lane.js';
import type { ProgressMarks } from './progress-marks.js';
import { refusalRule } from './refusal-rule.js';
import type { Tally } from './tally.js';
import type { AppendStatements } from './write-statements.js';

/**
 * How long a batch waits for a row that another one holds. That may be the batch behind it, which waits for this one to be
 * committed: a circle that the server cannot see.
 */
const LOCK_TIMEOUT_MS = 1_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Adds records without looking for their keys. Each batch is one transaction that also keeps the batch's mark, and
 * transactions commit in the order of their batches: the target itself knows what it has, and a batch that is delivered
 * again is not written twice. While one batch waits for its turn to commit, its rows are already there.
 */
export class MarkedBatches implements BatchMethod {
  private last: Promise<void> = Promise.resolve();
  /** Whether batches wait for the one before them with their rows too, since one was refused or had to wait for a row. */
  private oneByOne = false;
  private readonly contention = Promise.withResolvers<never>();

  /** Without `marks` batches are not remembered: an interrupted write then starts over. */
  constructor(
    private readonly statements: AppendStatements,
    private readonly marks: ProgressMarks | undefined,
  ) {
    // Whoever waits beside it hears of it.
    this.contention.promise.catch(() => undefined);
  }

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
    if (!this.oneByOne && (await this.tryBeside(lane, batch, before, mark))) {
      tally.inserted += batch.rowCount;
      return;
    }
    await before;
    await lane.undoOnFailure(async () => {
      await lane.query('BEGIN');
      await this.addCarefully(lane, batch, 0, batch.rowCount, tally);
      await this.commit(lane, mark);
    });
  }

  /** Adds the rows while the batch before waits for its commit; false when that cannot be, with nothing done. */
  private async tryBeside(lane: Lane, batch: Batch, before: Promise<void>, mark?: string): Promise<boolean> {
    try {
      await lane.undoOnFailure(async () => {
        await this.add(lane, batch, 0, batch.rowCount, `BEGIN; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; `);
        // Throws when an earlier batch failed: what comes after it must not be there without it.
        await Promise.race([before, this.contention.promise]);
        await this.commit(lane, mark);
      });
      return true;
    } catch (error) {
      const state = sqlState(error) ?? '';
      if (!(error instanceof Contended) && state !== LOCK_NOT_AVAILABLE && !refusalRule(state)) throw error;
      // From here on this batch may wait for a row for ever, so nobody may hold one while waiting for this batch.
      this.oneByOne = true;
      this.contention.reject(new Contended());
      return false;
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

  private async commit(lane: Lane, mark: string | undefined): Promise<void> {
    if (this.marks && mark !== undefined) {
      const { rowCount } = await lane.query(this.marks.keepStatement(mark));
      // Another attempt has taken the write over: what it did not see must not be there.
      if (rowCount !== 1) throw new ConnectorError('taken-over');
    }
    await lane.query('COMMIT');
  }
}

/** Two batches of ours may hold and want the same unique value. */
class Contended extends Error {}
