import type { FileHandle } from 'node:fs/promises';
import { ConnectorError } from '../connector-error.js';
import type { StreamSchema, SystemSchema } from '../schema/stream-schema.js';
import type {
  CheckResult,
  Estimate,
  KeyPosition,
  ReadBatch,
  ReadRequest,
  Session,
  WriteRequest,
  Writer,
} from '../session.js';
import type { FileDescription, FileFormat, FileStreamConfig } from './file-format.js';
import { positionOf } from './file-position.js';
import { fileError, type FileRoot } from './file-root.js';
import { openFileWriter } from './open-file-writer.js';
import { readFile } from './read-file.js';

/** Bytes of a file's beginning from which its fields are told. */
const SAMPLE_BYTES = 1024 * 1024;

export interface FileSessionOptions<Options> {
  readonly title: string;
  readonly root: FileRoot;
  readonly format: FileFormat<Options>;
  readonly options: Options;
  /** What a person says about single files, by name. */
  readonly streams: Readonly<Record<string, FileStreamConfig>>;
}

/** A directory of files of one format: a file is a stream. */
export class FileSession<Options> implements Session {
  /** What was discovered is what is read, even if the file's beginning could be read otherwise meanwhile. */
  private readonly described = new Map<string, FileDescription>();

  constructor(private readonly directory: FileSessionOptions<Options>) {}

  async check(): Promise<CheckResult> {
    const { root, format, title } = this.directory;
    await root.list(format.extension);
    return { ok: true, system: title, missing: [], encrypted: true };
  }

  async discover({ streams, signal }: { streams?: readonly string[]; signal: AbortSignal }): Promise<SystemSchema> {
    const { root, format } = this.directory;
    const found: StreamSchema[] = [];
    for (const name of await root.list(format.extension)) {
      signal.throwIfAborted();
      if (!streams || streams.includes(name)) found.push(await this.schemaOf(name));
    }
    return { streams: found, newStreams: { write: ['append', 'replace'] } };
  }

  async estimate({ stream }: { stream: string }): Promise<Estimate> {
    return { bytes: await this.sizeOf(stream) };
  }

  /** The end of the file at this moment; undefined while it is empty. */
  async lastKey({ stream, key }: { stream: string; key: readonly string[] }): Promise<KeyPosition | undefined> {
    if (key.length > 0) throw new ConnectorError('incompatible-field', { stream, field: key[0] });
    const size = await this.sizeOf(stream);
    return size === 0 ? undefined : positionOf({ start: size, end: size, records: 0, digest: '' });
  }

  async *read(request: ReadRequest): AsyncGenerator<ReadBatch, void, void> {
    const { partition, signal } = request;
    const { stream, key, filter, projection } = partition;
    const { root, format, options } = this.directory;
    if (filter?.length) throw new ConnectorError('unsupported-filter', { stream });
    if (key.length > 0) throw new ConnectorError('incompatible-field', { stream, field: key[0] });
    signal.throwIfAborted();
    const description = this.described.get(stream) ?? (await this.describe(stream));
    for (const { field } of projection) {
      if (!description.fields.some(({ name }) => name === field))
        throw new ConnectorError('missing-field', { stream, field });
    }
    const parser = format.parser(description, projection, options);
    yield* readFile({ open: () => root.read(stream), description, parser, request });
  }

  async write(request: WriteRequest): Promise<Writer> {
    const { root, format, options } = this.directory;
    const { name: wanted } = request.target;
    const name = wanted.endsWith(format.extension) ? wanted : wanted + format.extension;
    try {
      return await openFileWriter({ root, name, printer: format.printer(request.columns, options), request });
    } catch (error) {
      request.signal.throwIfAborted();
      throw fileError(error, name);
    }
  }

  async revoke(): Promise<void> {}

  async close(): Promise<void> {}

  private async schemaOf(name: string): Promise<StreamSchema> {
    const description = await this.describe(name);
    this.described.set(name, description);
    return {
      name,
      sort: 'object',
      fields: description.fields,
      primaryKey: this.configOf(name).key ?? [],
      uniqueKeys: [],
      capabilities: {
        read: ['snapshot'],
        write: ['append', 'replace'],
        projection: 'connector',
        deletes: 'none',
        ordered: false,
        ownOrder: true,
        filter: 'none',
      },
    };
  }

  private async describe(name: string): Promise<FileDescription> {
    const { format, options } = this.directory;
    return this.withFile(name, async (handle) => {
      const { size } = await handle.stat();
      const sample = Buffer.alloc(Math.min(size, SAMPLE_BYTES));
      const { bytesRead } = await handle.read(sample, 0, sample.length, 0);
      const read = sample.subarray(0, bytesRead);
      try {
        return format.describe(read, bytesRead === size, this.configOf(name), options);
      } catch (error) {
        const { code, details } = fileError(error, name) as ConnectorError;
        throw new ConnectorError(code, { ...details, stream: name });
      } finally {
        sample.fill(0);
      }
    });
  }

  private sizeOf(name: string): Promise<number> {
    return this.withFile(name, async (handle) => (await handle.stat()).size);
  }

  private async withFile<Result>(name: string, work: (handle: FileHandle) => Promise<Result>): Promise<Result> {
    const handle = await this.directory.root.read(name);
    try {
      return await work(handle);
    } finally {
      await handle.close();
    }
  }

  private configOf(name: string): FileStreamConfig {
    const { streams } = this.directory;
    return Object.hasOwn(streams, name) ? streams[name]! : {};
  }
}
