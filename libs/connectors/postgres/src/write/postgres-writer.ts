import {
  type Batch,
  type BatchCounts,
  ConnectorError,
  delay,
  type RefusedRecord,
  type WriteRequest,
  type Writer,
} from '@millrace/connector-sdk';
import { names, sqlState, translateError } from '../translate-error.js';
import type { Lane, WriteMethod, WrittenRows } from './lane.js';
import { refusalRule } from './refusal-rule.js';

/** Attempts at a range of rows that collided with another writer (deadlock, serialization failure). */
const MAX_COLLISIONS = 5;
const COLLISION_PAUSE_MS = 50;
/** Connections per writer. Two keep the server busy while one of them commits; more only contend for it. */
const MAX_LANES = 2;

interface Tally {
  inserted: number;
  updated: number;
  unchanged: number;
  unknown: number;
  refused: RefusedRecord[];
}

/**
 * Writes batches over its lanes in turn: while one waits for its commit, the next receives rows. A batch that the server
 * refuses is halved until the refused records stand alone; the rest of it is written.
 */
export class PostgresWriter implements Writer {
  readonly window = MAX_LANES;
  private readonly lanes: Lane[];
  private readonly idle: Lane[];
  private readonly queue: ((lane: Lane) => void)[] = [];
  private readonly outstanding = new Set<Promise<unknown>>();
  private maxLanes = MAX_LANES;
  private opening = 0;
  private aborted = false;
  private readonly onAbort = () => void this.abort();

  /** `openLane` is called when a batch comes while the first lane is busy: a small load needs no second connection. */
  constructor(
    first: Lane,
    private readonly openLane: () => Promise<Lane>,
    private readonly request: WriteRequest,
    private method: WriteMethod,
  ) {
    this.lanes = [first];
    this.idle = [first];
    request.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  apply(batch: Batch): Promise<BatchCounts> {
    if (!batch.contiguous) throw new Error('A writer takes only contiguous batches');
    const work = this.applyOnLane(batch);
    this.outstanding.add(work);
    const settled = () => void this.outstanding.delete(work);
    work.then(settled, settled);
    return work;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.outstanding);
    this.request.signal.removeEventListener('abort', this.onAbort);
    if (!this.aborted) await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  async abort(): Promise<void> {
    this.aborted = true;
    this.request.signal.removeEventListener('abort', this.onAbort);
    for (const lane of this.lanes) lane.abort();
    await Promise.allSettled(this.outstanding);
  }

  private async applyOnLane(batch: Batch): Promise<BatchCounts> {
    const tally: Tally = { inserted: 0, updated: 0, unchanged: 0, unknown: 0, refused: [] };
    if (batch.rowCount === 0) return tally;
    const lane = await this.freeLane();
    try {
      await this.writeRange(lane, batch, 0, batch.rowCount, tally);
      return tally;
    } catch (error) {
      this.request.signal.throwIfAborted();
      throw translateError(error, this.stream);
    } finally {
      const next = this.queue.shift();
      if (next) next(lane);
      else this.idle.push(lane);
    }
  }

  private async freeLane(): Promise<Lane> {
    const idle = this.idle.pop();
    if (idle) return idle;
    if (this.lanes.length + this.opening < this.maxLanes) {
      this.opening++;
      try {
        const lane = await this.openLane();
        this.lanes.push(lane);
        if (this.aborted) lane.abort();
        return lane;
      } catch {
        // A server without a free connection still has the first lane; a broken one shows there too.
        this.maxLanes = this.lanes.length;
        const freed = this.idle.pop();
        if (freed) return freed;
      } finally {
        this.opening--;
      }
    }
    return new Promise((resolve) => this.queue.push(resolve));
  }

  private async writeRange(lane: Lane, batch: Batch, from: number, to: number, tally: Tally): Promise<void> {
    try {
      count(tally, await this.persist(lane, batch, from, to), to - from);
    } catch (error) {
      const rule = refusalRule(sqlState(error) ?? '');
      if (!rule) throw error;
      if (to - from === 1) return this.refuse(tally, { row: from, rule, ...pick(names(error).field) });
      const middle = (from + to) >>> 1;
      await this.writeRange(lane, batch, from, middle, tally);
      await this.writeRange(lane, batch, middle, to, tally);
    }
  }

  /** Tries the planned method, then those that cope with more. */
  private async persist(lane: Lane, batch: Batch, from: number, to: number): Promise<WrittenRows> {
    for (let collisions = 0, method = this.method; ;) {
      try {
        return await lane.write(batch, from, to, method);
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

  private refuse(tally: Tally, record: RefusedRecord): void {
    tally.refused.push(record);
    if (tally.refused.length > this.request.maxRefusedPerBatch) {
      throw new ConnectorError('too-many-refused', { stream: this.stream });
    }
  }

  private get stream(): string {
    return `${this.request.target.schema}.${this.request.target.name}`;
  }
}

/** A key that is there already: COPY cannot cope, MERGE can unless it appeared after its snapshot, ON CONFLICT always. */
function nextMethod(method: WriteMethod, state: string): WriteMethod | undefined {
  if (state !== '23505') return undefined;
  return method === 'direct' ? 'merge' : method === 'merge' ? 'conflict' : undefined;
}

function count(tally: Tally, written: WrittenRows, rows: number): void {
  if (written.updated === undefined) {
    tally.unknown += written.inserted;
    tally.unchanged += rows - written.inserted;
  } else {
    tally.inserted += written.inserted;
    tally.updated += written.updated;
    tally.unchanged += rows - written.inserted - written.updated;
  }
}

function pick(field: string | undefined): { field?: string } {
  return field ? { field } : {};
}
