import {
  type AppliedChanges,
  type Batch,
  type BatchCounts,
  delay,
  type WriteRequest,
  type Writer,
} from '@millrace/connector-sdk';
import { sqlState, translateError } from '../translate-error.js';
import type { ChangeStatements } from './change-statements.js';
import type { Lane } from './lane.js';
import { refusalRule } from './refusal-rule.js';
import { StagedChanges } from './staged-changes.js';
import { Tally, type WrittenRows } from './tally.js';

/** Connections per writer: while one moves its stage into the target, the other fills its own. */
const MAX_LANES = 2;
/** Attempts at a range of rows that collided with another writer (deadlock, serialization failure). */
const MAX_COLLISIONS = 5;
const COLLISION_PAUSE_MS = 50;

interface ChangeLane {
  readonly lane: Lane;
  readonly staged: StagedChanges;
}

export interface ChangesWriterParts {
  readonly first: Lane;
  readonly openLane: () => Promise<Lane>;
  readonly statements: ChangeStatements;
}

/**
 * Writes batches of changes, each in a transaction of its own and strictly one after another; only the filling of the
 * stage overlaps. A batch that the server refuses is halved until the refused records stand alone, so no record blocks
 * the log. Writing again any part of the log that ends where it ends now has the same result.
 */
export class ChangesWriter implements Writer {
  readonly window = MAX_LANES;
  private readonly lanes: ChangeLane[];
  private readonly idle: ChangeLane[];
  private readonly queue: ((lane: ChangeLane) => void)[] = [];
  private acquisition: Promise<unknown> = Promise.resolve();
  /** Settles when the batch before is committed. */
  private before: Promise<unknown> = Promise.resolve();
  private maxLanes = MAX_LANES;
  private aborted = false;
  private readonly onAbort = () => void this.abort();

  constructor(
    private readonly parts: ChangesWriterParts,
    private readonly request: WriteRequest,
  ) {
    this.lanes = [this.equip(parts.first)];
    this.idle = [...this.lanes];
    request.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  apply(): Promise<BatchCounts> {
    return Promise.reject(new Error('A writer of changes takes only changes'));
  }

  applyChanges(batch: Batch, changes: AppliedChanges): Promise<BatchCounts> {
    if (!batch.contiguous) throw new Error('A writer takes only contiguous batches');
    const { before } = this;
    const acquired = this.acquisition.then(() => this.freeLane());
    this.acquisition = acquired;
    const work = acquired.then((lane) => this.applyOn(lane, batch, changes, before));
    this.before = work;
    work.catch(() => {});
    return work;
  }

  async close(): Promise<void> {
    // A failure was told by the batch that failed.
    await this.before.catch(() => undefined);
    this.request.signal.removeEventListener('abort', this.onAbort);
    if (!this.aborted) await Promise.all(this.lanes.map(({ lane }) => lane.close()));
    for (const { staged } of this.lanes) staged.wipe();
  }

  async abort(): Promise<void> {
    this.aborted = true;
    this.request.signal.removeEventListener('abort', this.onAbort);
    for (const { lane } of this.lanes) lane.abort();
    await this.before.catch(() => undefined);
    for (const { staged } of this.lanes) staged.wipe();
  }

  private async applyOn(
    held: ChangeLane,
    batch: Batch,
    changes: AppliedChanges,
    before: Promise<unknown>,
  ): Promise<BatchCounts> {
    const { lane, staged } = held;
    const tally = new Tally(this.request);
    try {
      staged.stage(batch, changes);
      const { rowCount } = staged.rows;
      const written = { lane, staged, tally, empties: changes.truncated };
      tally.unchanged += batch.rowCount - rowCount;
      if (rowCount > 0 || changes.truncated) await this.writeRange(written, 0, rowCount, before);
      else await before;
      return tally;
    } catch (error) {
      this.request.signal.throwIfAborted();
      throw translateError(error, `${this.request.target.schema}.${this.request.target.name}`);
    } finally {
      const next = this.queue.shift();
      if (next) next(held);
      else this.idle.push(held);
    }
  }

  /** `before` holds back everything but the stage. */
  private async writeRange(work: RangeWork, from: number, to: number, before: Promise<unknown>): Promise<void> {
    try {
      work.tally.countChanges(await this.persist(work, from, to, before), to - from);
      work.empties = false;
    } catch (error) {
      await before;
      const rule = refusalRule(sqlState(error) ?? '');
      if (!rule || to === from) throw error;
      if (to - from === 1) return this.refuse(work, from, rule, error);
      const middle = (from + to) >>> 1;
      await this.writeRange(work, from, middle, before);
      await this.writeRange(work, middle, to, before);
    }
  }

  private async refuse(work: RangeWork, row: number, rule: string, error: unknown): Promise<void> {
    work.tally.refuse(work.staged.origin[row]!, rule, error);
    if (!work.empties) return;
    await this.persist(work, row, row, Promise.resolve());
    work.empties = false;
  }

  /** Tries MERGE, then what copes with other writers. */
  private async persist(work: RangeWork, from: number, to: number, before: Promise<unknown>): Promise<WrittenRows> {
    const { merge, conflict } = this.parts.statements.apply(work.staged.kept);
    for (let collisions = 0, statement = merge ?? conflict; ;) {
      try {
        return await this.write(work, from, to, statement, before);
      } catch (error) {
        await before;
        const state = sqlState(error);
        if (state === '23505' && statement !== conflict) statement = conflict;
        else if (state?.startsWith('40') && ++collisions < MAX_COLLISIONS) {
          await delay(COLLISION_PAUSE_MS * collisions, this.request.signal);
        } else throw error;
      }
    }
  }

  private async write(
    { lane, staged, empties }: RangeWork,
    from: number,
    to: number,
    statement: string,
    before: Promise<unknown>,
  ): Promise<WrittenRows> {
    const { statements } = this.parts;
    await lane.prepareStage();
    return lane.undoOnFailure(async () => {
      const begin = `BEGIN; ${statements.mark}`;
      if (to > from) await lane.copy(begin + statements.copyStage, staged.rows, from, to);
      else await lane.query(begin);
      await before;
      if (empties) await this.empty(lane);
      if (to === from) {
        await lane.query('COMMIT');
        return { inserted: 0, updated: 0, deleted: 0 };
      }
      return sum(await lane.query<Counts>(`${statement}; COMMIT`));
    });
  }

  private async empty(lane: Lane): Promise<void> {
    const [first, second] = this.parts.statements.empty;
    if (first === undefined) return;
    if (second === undefined) return void (await lane.query(first));
    await lane.query('SAVEPOINT emptying');
    try {
      await lane.query(first);
    } catch {
      // It needs a privilege of its own, and other tables may refer to this one.
      await lane.query(`ROLLBACK TO emptying; ${second}`);
    }
  }

  private equip(lane: Lane): ChangeLane {
    const { columns, key } = this.request;
    const names = columns.map(({ name }) => name);
    const keyCells = key.map((name) => names.indexOf(name));
    return { lane, staged: new StagedChanges(names, keyCells) };
  }

  private async freeLane(): Promise<ChangeLane> {
    const idle = this.idle.pop();
    if (idle) return idle;
    if (this.lanes.length < this.maxLanes) {
      try {
        const opened = this.equip(await this.parts.openLane());
        this.lanes.push(opened);
        if (this.aborted) opened.lane.abort();
        return opened;
      } catch {
        // A server without a free connection still has the first lane; a broken one shows there too.
        this.maxLanes = this.lanes.length;
        const freed = this.idle.pop();
        if (freed) return freed;
      }
    }
    return new Promise((resolve) => this.queue.push(resolve));
  }
}

interface RangeWork {
  readonly lane: Lane;
  readonly staged: StagedChanges;
  readonly tally: Tally;
  /** Whether the target must be emptied in the next transaction. */
  empties: boolean;
}

interface Counts {
  inserted: number;
  updated: number;
  deleted: number;
}

/** Adds up the results of one or several statements; that of COMMIT has no row. */
function sum(result: { readonly rows: Counts[] } | readonly { readonly rows: Counts[] }[]): Counts {
  const total = { inserted: 0, updated: 0, deleted: 0 };
  for (const { rows } of Array.isArray(result) ? (result as { rows: Counts[] }[]) : [result as { rows: Counts[] }]) {
    for (const { inserted, updated, deleted } of rows) {
      total.inserted += inserted;
      total.updated += updated;
      total.deleted += deleted;
    }
  }
  return total;
}
