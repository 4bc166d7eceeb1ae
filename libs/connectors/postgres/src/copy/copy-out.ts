import type { Duplex } from 'node:stream';
import type { ReadLimits, Slab, SlabPool } from '@millrace/connector-sdk';
import { translateError } from '../translate-error.js';
import { TupleAssembler } from './tuple-assembler.js';
import type { WireConnection } from './wire.js';

/** Batches that may wait for the consumer before the socket is paused. */
const READ_AHEAD = 1;

/**
 * A `COPY … TO STDOUT (FORMAT BINARY)` as a query of `pg`. While it runs it takes the socket's bytes itself, since `pg`
 * would make an object of every row. Batches are pulled with `next`; a slow consumer pauses the socket.
 */
export class CopyOut {
  private readonly ready: Slab[] = [];
  private waiting: { resolve: (batch: Slab | undefined) => void; reject: (error: Error) => void } | undefined;
  private stream: Duplex | undefined;
  private parseRest: ((chunk: Buffer) => void) | undefined;
  private readonly onData = (chunk: Buffer) => this.take(chunk);
  private failure: Error | undefined;
  private ended = false;
  private readonly assembler: TupleAssembler;

  constructor(
    private readonly text: string,
    private readonly streamName: string,
    slabs: SlabPool,
    limits: ReadLimits,
  ) {
    this.assembler = new TupleAssembler(slabs, limits, streamName, (batch) => this.deliver(batch));
  }

  /** Called by `pg` when it is this query's turn. */
  submit(connection: WireConnection): void {
    this.stream = connection.stream;
    this.parseRest = this.stream.listeners('data')[0] as (chunk: Buffer) => void;
    this.stream.removeListener('data', this.parseRest);
    this.stream.on('data', this.onData);
    connection.query(this.text);
  }

  /** The next batch, or undefined after the last. */
  next(): Promise<Slab | undefined> {
    const batch = this.ready.shift();
    if (batch) {
      if (this.ready.length < READ_AHEAD) this.stream?.resume();
      return Promise.resolve(batch);
    }
    if (this.failure) return Promise.reject(this.failure);
    if (this.ended) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  handleError(error: unknown): void {
    this.detach();
    this.fail(translateError(error, this.streamName));
  }

  handleReadyForQuery(): void {
    if (this.failure) return;
    this.assembler.finish();
    this.ended = true;
    this.settle((waiting) => waiting.resolve(undefined));
  }

  handleCommandComplete(): void {}

  private take(chunk: Buffer): void {
    try {
      const rest = this.assembler.push(chunk);
      if (!rest) return;
      const parse = this.parseRest!;
      this.detach();
      // The rest is CopyDone or an error and what follows; `pg` then calls the handlers above.
      parse(rest);
    } catch (error) {
      this.fail(error as Error);
      this.stream!.destroy();
    }
  }

  /** Gives the socket back to `pg`. */
  private detach(): void {
    if (!this.stream || !this.parseRest) return;
    this.stream.removeListener('data', this.onData);
    this.stream.on('data', this.parseRest);
    this.parseRest = undefined;
    this.stream.resume();
  }

  private deliver(batch: Slab): void {
    if (this.waiting) return this.settle((waiting) => waiting.resolve(batch));
    this.ready.push(batch);
    if (this.ready.length >= READ_AHEAD && this.parseRest) this.stream!.pause();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.settle((waiting) => waiting.reject(this.failure!));
  }

  private settle(act: (waiting: NonNullable<CopyOut['waiting']>) => void): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting) act(waiting);
  }
}
