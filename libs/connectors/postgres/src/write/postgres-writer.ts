import type { Batch, BatchCounts, Writer, WriteRequest } from '@millrace/connector-sdk';
import { translateError } from '../translate-error.js';
import type { BatchMethod, WriteBatch } from './batch-method.js';
import type { Lane } from './lane.js';
import { Tally } from './tally.js';

/** Connections per writer. Two keep the server busy while one of them commits; more only contend for it. */
const MAX_LANES = 2;

export interface WriterParts {
  readonly first: Lane;
  /** Called when a batch comes while the first lane is busy: a small load needs no second connection. */
  readonly openLane: () => Promise<Lane>;
  readonly method: BatchMethod;
  /** The mark of the last batch that an earlier attempt committed. */
  readonly committed?: string;
  /** Makes visible what was written, over a lane, once every batch is durable. */
  readonly publish?: (lane: Lane) => Promise<void>;
}

/** Writes batches over its lanes in turn: while one waits for its commit, the next receives rows. */
export class PostgresWriter implements Writer {
  readonly window = MAX_LANES;
  private readonly lanes: Lane[];
  private readonly idle: Lane[];
  private readonly queue: ((lane: Lane) => void)[] = [];
  private readonly outstanding = new Set<Promise<unknown>>();
  private maxLanes = MAX_LANES;
  private opening = 0;
  private aborted = false;
  private failed = false;
  /** Lanes are given out in the order of the batches: a later one could otherwise hold the lane that an earlier one needs. */
  private acquisition: Promise<unknown> = Promise.resolve();
  private readonly onAbort = () => void this.abort();

  constructor(
    private readonly parts: WriterParts,
    private readonly request: WriteRequest,
  ) {
    this.lanes = [parts.first];
    this.idle = [parts.first];
    request.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  get committed(): string | undefined {
    return this.parts.committed;
  }

  apply(batch: Batch, mark?: string): Promise<BatchCounts> {
    if (!batch.contiguous) throw new Error('A writer takes only contiguous batches');
    const work = this.applyOnLane(batch, this.parts.method.begin(mark));
    this.outstanding.add(work);
    work.then(
      () => this.outstanding.delete(work),
      () => {
        this.failed = true;
        this.outstanding.delete(work);
      },
    );
    return work;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.outstanding);
    this.request.signal.removeEventListener('abort', this.onAbort);
    if (this.aborted) return;
    if (this.failed) throw new Error('A write of which a batch failed cannot be closed in good order');
    try {
      await this.parts.publish?.(this.parts.first);
    } catch (error) {
      throw translateError(error, this.stream);
    }
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  async abort(): Promise<void> {
    this.aborted = true;
    this.request.signal.removeEventListener('abort', this.onAbort);
    for (const lane of this.lanes) lane.abort();
    await Promise.allSettled(this.outstanding);
  }

  private async applyOnLane(batch: Batch, write: WriteBatch): Promise<BatchCounts> {
    const tally = new Tally(this.request);
    const acquired = this.acquisition.then(() => this.freeLane());
    this.acquisition = acquired;
    const lane = await acquired;
    try {
      // A batch of nothing still moves the mark.
      await write(lane, batch, tally);
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
        const lane = await this.parts.openLane();
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

  private get stream(): string {
    return `${this.request.target.schema}.${this.request.target.name}`;
  }
}
