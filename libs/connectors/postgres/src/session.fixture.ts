import net from 'node:net';
import {
  type Batch,
  type BatchCounts,
  type Dial,
  type Partition,
  type ReadLimits,
  Secret,
  type Session,
  Slab,
  SlabPool,
  type TargetColumn,
  type WriteRequest,
} from '@millrace/connector-sdk';
import type { TestDatabase } from '@millrace/testing';
import { postgres } from './postgres.connector.js';

export const LIMITS: ReadLimits = { batchRows: 1_000, batchBytes: 1_000_000, maxRecordBytes: 10_000_000 };

/** The dialer of the tests; in the product the egress guard provides it. */
export const dial: Dial = ({ host, port }) =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    socket.once('error', reject).once('connect', () => resolve(socket.off('error', reject)));
  });

export interface SessionOptions {
  readonly user?: string;
  readonly password?: string;
  readonly port?: number;
  readonly sslmode?: 'disable' | 'require' | 'verify-full';
  readonly ca?: string;
}

export function openSession(database: TestDatabase, options: SessionOptions = {}): Promise<Session> {
  const { port = database.port, sslmode = 'disable', ca } = options;
  const config = postgres.config.parse({ host: database.host, port, database: database.name, sslmode, ca });
  const credential = new Secret({
    user: options.user ?? database.user,
    password: options.password ?? database.password.reveal(),
  });
  return postgres.open(config, credential, { dial, applicationName: 'millrace-test', signal: never() });
}

/** A signal that is never aborted. */
export function never(): AbortSignal {
  return new AbortController().signal;
}

export function partition(
  stream: string,
  fields: readonly string[],
  key: readonly string[],
  bounds: Partition['bounds'] = {},
): Partition {
  return { stream, projection: fields.map((field) => ({ field, as: 'as-is' })), key, uniqueKey: true, bounds };
}

/** The rows of a batch without the gaps between them, as a writer wants them. */
export function packed(batch: Batch): Slab {
  const slab = new Slab(1_024);
  for (let row = 0; row < batch.rowCount; row++) {
    const start = batch.rowStarts[row]!;
    const cells = batch.bytes.readInt16BE(start);
    let end = start + 2;
    for (let cell = 0; cell < cells; cell++) end += 4 + Math.max(batch.bytes.readInt32BE(end), 0);
    slab.reserve(end - start);
    slab.markRow(slab.end);
    batch.bytes.copy(slab.bytes, slab.end, start, end);
    slab.end += end - start;
  }
  return slab;
}

/** Reads everything, each batch repacked, with the position after it. */
export async function readAll(session: Session, part: Partition, limits: Partial<ReadLimits> = {}) {
  const slabs = new SlabPool(65_536);
  const batches: { batch: Slab; lastKey: readonly string[] }[] = [];
  for await (const { batch, lastKey } of session.read({
    partition: part,
    limits: { ...LIMITS, ...limits },
    slabs,
    signal: never(),
  })) {
    batches.push({ batch: packed(batch), lastKey });
    slabs.give(batch);
  }
  return batches;
}

export function writeRequest(
  name: string,
  columns: readonly TargetColumn[],
  key: readonly string[],
  change: Partial<WriteRequest> = {},
): WriteRequest {
  return {
    target: { schema: 'public', name },
    columns,
    key,
    writeId: 'test',
    mode: 'upsert',
    attempt: 1,
    maxRefusedPerBatch: 100,
    signal: never(),
    ...change,
  };
}

/** Writes batches one after another and gives the sum of their counts. */
export async function writeAll(
  session: Session,
  request: WriteRequest,
  batches: readonly Batch[],
): Promise<BatchCounts> {
  const writer = await session.write(request);
  const total = { inserted: 0, updated: 0, unchanged: 0, unknown: 0, refused: [] as BatchCounts['refused'][number][] };
  for (const batch of batches) {
    const counts = await writer.apply(batch);
    total.inserted += counts.inserted;
    total.updated += counts.updated;
    total.unchanged += counts.unchanged;
    total.unknown += counts.unknown;
    total.refused.push(...counts.refused);
  }
  await writer.close();
  return total;
}

/** A batch of text and integer cells; null stands for null. */
export function batchOf(rows: readonly (readonly (string | number | null)[])[]): Slab {
  const slab = new Slab(1_024);
  for (const row of rows) {
    slab.startRow(row.length);
    for (const cell of row) {
      if (cell === null) slab.writeNull();
      else if (typeof cell === 'string') slab.writeText(cell);
      else {
        const offset = slab.startCell(4);
        slab.bytes.writeInt32BE(cell, offset);
      }
    }
  }
  return slab;
}
