import type { FileHandle } from 'node:fs/promises';
import type { Batch } from '../batch/slab.js';
import { ConnectorError } from '../connector-error.js';
import type { BatchCounts, Writer } from '../session.js';
import { type Companion, fileError } from './file-root.js';
import type { FileWriting } from './file-writing.js';
import { noteState, type WriteState } from './write-state.js';

interface OpenFile extends FileWriting {
  readonly handle: FileHandle;
  /** Where the state is noted. */
  readonly note: Companion;
  /** The file beside the target that takes its place at the end; undefined for `append`. */
  readonly part?: Companion;
  readonly lead: string;
}

/** Writes batches one after another: the bytes, made durable, then the mark. */
export class FileWriter implements Writer {
  readonly window = 1;
  readonly committed: string | undefined;
  private tail: Promise<unknown> = Promise.resolve();
  private lead: Buffer;
  private closed = false;

  constructor(
    private readonly file: OpenFile,
    private state: WriteState,
  ) {
    this.committed = state.mark || undefined;
    this.lead = Buffer.from(file.lead);
  }

  apply(batch: Batch, mark = ''): Promise<BatchCounts> {
    const work = this.tail.then(() => this.append(batch, mark));
    this.tail = work.catch(() => {});
    return work;
  }

  async close(): Promise<void> {
    await this.tail;
    if (this.closed) return;
    try {
      this.file.request.signal.throwIfAborted();
      // Also a target without a record is a file, with its header.
      if (this.lead.length > 0 && this.state.size === 0) await this.commit(Buffer.alloc(0), this.state.mark);
      this.closed = true;
      await this.file.handle.close();
      await this.file.part?.become(this.file.name);
      await noteState(this.file.note, { ...this.state, done: true });
    } catch (error) {
      throw this.translated(error);
    }
  }

  /** What is committed stays for the next attempt; what is not, is cut off. */
  async abort(): Promise<void> {
    await this.tail;
    if (this.closed) return;
    this.closed = true;
    try {
      await this.file.handle.truncate(this.state.size);
    } catch {
      // The next attempt cuts it off.
    }
    await this.file.handle.close().catch(() => undefined);
    if (this.file.part && this.state.size === 0) await this.file.part.remove().catch(() => undefined);
  }

  private async append(batch: Batch, mark: string): Promise<BatchCounts> {
    if (!batch.contiguous) throw new Error('A writer takes only contiguous batches');
    try {
      this.file.request.signal.throwIfAborted();
      await this.commit(this.file.printer.print(batch), mark);
      return { inserted: batch.rowCount, updated: 0, unchanged: 0, unknown: 0, refused: [] };
    } catch (error) {
      throw this.translated(error);
    }
  }

  private async commit(bytes: Buffer, mark: string): Promise<void> {
    const { handle, note, name } = this.file;
    const { size } = await handle.stat();
    // Somebody else writes to it: our offsets mean nothing any more.
    if (size !== this.state.size) throw new ConnectorError('conflict', { stream: name });
    await this.writeAt(this.lead, size);
    await this.writeAt(bytes, size + this.lead.length);
    await handle.datasync();
    this.file.request.signal.throwIfAborted();
    const next = { ...this.state, size: size + this.lead.length + bytes.length, mark };
    await noteState(note, next);
    this.state = next;
    this.lead = Buffer.alloc(0);
    bytes.fill(0);
  }

  private async writeAt(bytes: Buffer, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.file.handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  private translated(error: unknown): unknown {
    const { signal } = this.file.request;
    return signal.aborted ? signal.reason : fileError(error, this.file.name);
  }
}
