import type { Slab } from '../batch/slab.js';
import { ConnectorError } from '../connector-error.js';
import type { KeyPosition, ReadBatch, ReadRequest } from '../session.js';
import type { CursorOrder, Verdict } from './cursor-order.js';
import type { Page } from './pages.js';
import { RecordWriter } from './record-writer.js';
import type { RestStream } from './rest-stream.js';

/** The batch that a read is filling. */
export class RowSink {
  private slab: Slab | undefined;
  private readonly records: RecordWriter;
  /** Records looked at so far. */
  private count = 0;

  constructor(
    definition: RestStream,
    private readonly request: ReadRequest,
    private readonly order: CursorOrder | undefined,
  ) {
    this.records = new RecordWriter(definition, request.partition.stream, request.partition.projection);
  }

  /** Adds a record of the page, unless the read's bounds leave it out. */
  add(page: Page, index: number): Verdict {
    const { partition, limits, slabs } = this.request;
    const range = page.records[index]!;
    if (range.to - range.from > limits.maxRecordBytes) {
      throw new ConnectorError('record-too-large', { stream: partition.stream });
    }
    this.slab ??= slabs.take();
    this.records.write(page.body, range, ++this.count, this.slab);
    const verdict = this.order?.judge(this.slab) ?? 'take';
    if (verdict !== 'take') this.slab.abandonRow();
    return verdict;
  }

  get isFull(): boolean {
    const { batchRows, batchBytes } = this.request.limits;
    return this.slab !== undefined && (this.slab.rowCount >= batchRows || this.slab.end >= batchBytes);
  }

  get isEmpty(): boolean {
    return this.slab === undefined || this.slab.rowCount === 0;
  }

  /** Hands the batch over; `own` is its position where the stream has an order of its own. */
  emit(own: KeyPosition): ReadBatch {
    const batch = this.slab!;
    this.slab = undefined;
    return { batch, lastKey: this.order?.position(batch) ?? own };
  }

  /** Gives back what was not handed over. */
  release(): void {
    if (this.slab) this.request.slabs.give(this.slab);
    this.slab = undefined;
  }
}
