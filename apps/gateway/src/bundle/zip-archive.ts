import { createHash } from 'node:crypto';
import { type Readable, Readable as ReadableStream } from 'node:stream';
import { finished } from 'node:stream/promises';
import { isBundleFile } from '@millrace/contracts';
import { type Options, ZipFile } from 'yazl';

/** What was written of a file. */
export interface Written {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The first moment that a ZIP can name: nothing of an archive says when, or in which time zone, it was made. */
const OPTIONS: Partial<Options> = { mtime: new Date(1980, 0, 1), mode: 0o100600, forceDosTimestamp: true };

/** A ZIP that is read while it is written, file after file, as fast as its reader takes the bytes. */
export class ZipArchive {
  private readonly zip = new ZipFile();
  private readonly names = new Set<string>();
  private current: Readable | undefined;

  /** The bytes of the archive. Once it is destroyed, no further file can be added. */
  readonly output = this.zip.outputStream as Readable;

  constructor() {
    this.zip.on('error', (error: Error) => this.output.destroy(error));
    this.output.once('close', () => this.current?.destroy());
  }

  /**
   * Adds a file and resolves once its bytes were taken.
   * @throws Error for a name that no file of a bundle has, or that is there already, and when the reader has gone
   */
  async add(name: string, content: AsyncIterable<string> | Iterable<string>): Promise<Written> {
    if (!isBundleFile(name) || this.names.has(name)) throw new Error('A file of a bundle cannot be called so');
    if (this.output.destroyed) throw new Error('The reader of a bundle has gone');
    this.names.add(name);
    const hash = createHash('sha256');
    let bytes = 0;
    async function* counted() {
      for await (const text of content) {
        const chunk = Buffer.from(text);
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    }
    const stream = (this.current = ReadableStream.from(counted(), { objectMode: false }));
    this.zip.addReadStream(stream, name, OPTIONS);
    await finished(stream);
    return { name, sha256: hash.digest('hex'), bytes };
  }

  /** No file follows. */
  end(): void {
    this.zip.end();
  }

  /** Breaks off, so that the reader does not take the half for the whole. */
  fail(error: Error): void {
    this.output.destroy(error);
  }
}
