import type { BatchCounts, Session, SlabPool, Writer } from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import type { MappedChanges } from './map-changes.js';

/** Batches of one stream on their way: two that the writer works at, and one that waits for it. */
const MAX_PER_STREAM = 3;
/** Batches of all streams on their way. */
const MAX_IN_FLIGHT = 8;

export interface QueueParts {
  readonly target: Session;
  readonly slabs: SlabPool;
  readonly writeId: string;
  readonly originMark: string | undefined;
  readonly maxRefusedPerBatch: number;
  readonly signal: AbortSignal;
}

/**
 * Carries batches to one writer per stream, opened with the stream's first change. Streams do not wait for one another,
 * but batches become durable in their order: `onDurable` is called for each after it and all before it are written.
 */
export class ChangeQueue {
  private readonly writers = new Map<string, Promise<Writer>>();
  private readonly inFlight: { readonly stream: string; readonly done: Promise<void> }[] = [];
  private tail: Promise<void> = Promise.resolve();

  constructor(private readonly parts: QueueParts) {}

  /** Hands a batch over; waits while too many are on their way. Rejects with the first failure of any. */
  async submit(batch: MappedChanges, onDurable: (written: BatchCounts) => void): Promise<void> {
    const { name } = batch.stream;
    const written = this.writerFor(batch.stream).then((writer) => writer.applyChanges!(batch.out, batch.applied));
    // A later batch may fail first; its failure is reported when its turn comes.
    written.catch(() => {});
    const done = this.tail.then(async () => {
      onDurable(await written);
      this.parts.slabs.give(batch.out);
    });
    done.catch(() => {});
    this.tail = done;
    this.inFlight.push({ stream: name, done });
    while (this.tooMany(name)) await this.inFlight.shift()!.done;
  }

  /** Resolves when every batch is durable. */
  async drain(): Promise<void> {
    await this.tail;
  }

  /** Calls `stop` as soon as a batch fails, not only when the next one is submitted. */
  watch(stop: (failure: unknown) => void): void {
    this.tail.catch(stop);
  }

  async close(): Promise<void> {
    for (const writer of await Promise.all(this.writers.values())) await writer.close();
  }

  /** Drops what is not committed. Never rejects. */
  async abort(): Promise<void> {
    for (const opened of await Promise.allSettled(this.writers.values())) {
      if (opened.status === 'fulfilled') await opened.value.abort();
    }
    await this.tail.catch(() => undefined);
  }

  private tooMany(stream: string): boolean {
    const ours = this.inFlight.filter((batch) => batch.stream === stream).length;
    return ours >= MAX_PER_STREAM || this.inFlight.length >= MAX_IN_FLIGHT;
  }

  private writerFor(stream: CompiledStream): Promise<Writer> {
    const known = this.writers.get(stream.name);
    if (known) return known;
    const { target, columns, key, deletes, evolve } = stream;
    const { writeId, originMark, maxRefusedPerBatch, signal } = this.parts;
    const opened = this.parts.target.write({
      writeId,
      target,
      columns,
      key,
      mode: 'changes',
      attempt: 1,
      maxRefusedPerBatch,
      signal,
      ...(deletes ? { deletes } : {}),
      ...(evolve ? { evolve } : {}),
      ...(originMark === undefined ? {} : { originMark }),
    });
    opened.catch(() => {});
    this.writers.set(stream.name, opened);
    return opened;
  }
}
