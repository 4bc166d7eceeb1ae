import assert from 'node:assert/strict';
import { Secret, stopwatch } from '@millrace/kernel';
import type { Batch, Slab } from '../batch/slab.js';
import { SlabPool } from '../batch/slab-pool.js';
import { ConnectorError } from '../connector-error.js';
import type { CellKind } from '../schema/cell-kind.js';
import type { StreamSchema, WriteMode } from '../schema/stream-schema.js';
import type { ReadLimits } from '../projection.js';
import type { KeyPosition, Partition, ReadBatch, Session, Writer, WriteRequest } from '../session.js';
import { packed, rowsOf } from './cells.js';
import type { FieldSpec, Row, Sandbox } from './sandbox.js';
import { WireTap } from './wire-tap.js';

const LIMITS: ReadLimits = { batchRows: 1_000, batchBytes: 1_000_000, maxRecordBytes: 4_000_000 };

/** How a part of a stream is read; what is left out is everything, in the order that the stream has. */
export interface ReadOptions extends Partial<Omit<Partition, 'stream' | 'projection'>> {
  readonly fields?: readonly string[];
  readonly limits?: Partial<ReadLimits>;
  readonly signal?: AbortSignal;
}

export interface ReadResult {
  readonly rows: Row[];
  readonly batches: { readonly rows: Row[]; readonly packed: Slab; readonly lastKey: KeyPosition }[];
}

/** What behaviours are made of: sessions that are watched, and reading and writing in text. */
export class Workbench {
  readonly tap: WireTap;
  private readonly sessions: Session[] = [];
  private writes = 0;

  constructor(readonly sandbox: Sandbox) {
    this.tap = new WireTap(sandbox.dial);
  }

  async open(credential: unknown = this.sandbox.credential, signal = never()): Promise<Session> {
    const { connector, config, files } = this.sandbox;
    const session = await connector.open(connector.config.parse(config), new Secret(credential), {
      dial: this.tap.dial,
      files,
      signal,
      applicationName: 'millrace-conformance',
    });
    this.sessions.push(session);
    return session;
  }

  async schema(session: Session, stream: string): Promise<StreamSchema> {
    const { streams } = await session.discover({ streams: [stream], signal: never() });
    const found = streams.find(({ name }) => name === stream);
    assert.ok(found, 'A stream that was made is discovered by its name');
    return found;
  }

  /** Reads in the stream's own order, or by its key, and gives the values as text. */
  async read(session: Session, stream: string, options: ReadOptions = {}): Promise<ReadResult> {
    const schema = await this.schema(session, stream);
    const kinds = kindsOf(schema, options.fields);
    const result: ReadResult = { rows: [], batches: [] };
    const slabs = new SlabPool(65_536);
    for await (const { batch, lastKey } of this.batches(session, schema, options, slabs)) {
      const rows = rowsOf(kinds, batch);
      result.rows.push(...rows);
      result.batches.push({ rows, packed: packed(batch), lastKey });
      slabs.give(batch);
    }
    return result;
  }

  batches(
    session: Session,
    { name, primaryKey, fields, capabilities }: StreamSchema,
    { fields: selected, limits, signal, ...part }: ReadOptions,
    slabs: SlabPool,
  ): AsyncIterable<ReadBatch> {
    const projection = (selected ?? fields.map((field) => field.name)).map((field) => ({
      field,
      as: 'as-is' as const,
    }));
    const key = capabilities.ordered ? primaryKey : [];
    return session.read({
      partition: { stream: name, projection, key, uniqueKey: true, bounds: {}, ...part },
      limits: { ...LIMITS, ...limits },
      slabs,
      signal: signal ?? never(),
    });
  }

  request(mode: WriteMode, columns: readonly FieldSpec[], change: Partial<WriteRequest> = {}): WriteRequest {
    return {
      writeId: `write-${++this.writes}`,
      target: this.sandbox.target(),
      columns: columns.map(({ name, kind, nullable = false }) => ({ name, kind, sourceType: '', nullable })),
      key: mode === 'append' || mode === 'replace' ? [] : columns.slice(0, 1).map(({ name }) => name),
      mode,
      attempt: 1,
      maxRefusedPerBatch: 100,
      signal: never(),
      ...change,
    };
  }

  /** Writes batches in turn, each with its number as the mark, and leaves the writer open. */
  async apply(session: Session, request: WriteRequest, batches: readonly Batch[], first = 1): Promise<Writer> {
    const writer = await session.write(request);
    for (const [index, batch] of batches.entries()) await writer.apply(batch, `mark-${first + index}`);
    return writer;
  }

  readBack(request: WriteRequest, columns: readonly FieldSpec[]): Promise<Row[] | undefined> {
    return this.sandbox.readBack!(request.target, columns);
  }

  /** Closes what is open and checks what holds for every behaviour: nobody was dialled who is not in `hosts`. */
  async finish(): Promise<void> {
    await Promise.all(this.sessions.map((session) => session.close()));
    this.tap.close();
    const { connector, config } = this.sandbox;
    const allowed = connector.hosts(connector.config.parse(config)).map(({ host, port }) => `${host}:${port}`);
    for (const { host, port } of this.tap.dialled)
      assert.ok(allowed.includes(`${host}:${port}`), `${host} is no host of it`);
  }
}

/** A signal that is never aborted. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

/** The connector error that the work ends with; every other end fails. */
export async function errorOf(work: Promise<unknown>): Promise<ConnectorError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConnectorError, 'It must end with a connector error');
  return error;
}

/** Fails unless the work settles within `limitMs` milliseconds, in whatever way. */
export async function settlesWithin(limitMs: number, work: Promise<unknown>): Promise<void> {
  const elapsed = stopwatch();
  await work.catch(() => undefined);
  assert.ok(elapsed() < limitMs, `It took ${Math.round(elapsed())} ms to settle`);
}

/** Rows in an order that says nothing, for comparing sets. */
export function sorted(rows: readonly Row[]): Row[] {
  return [...rows].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

function kindsOf({ fields }: StreamSchema, selected?: readonly string[]): CellKind[] {
  const names = selected ?? fields.map(({ name }) => name);
  return names.map((name) => fields.find((field) => field.name === name)!.kind);
}
