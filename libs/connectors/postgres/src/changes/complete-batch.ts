import {
  cellText,
  ConnectorError,
  type FollowedStream,
  hasText,
  type Slab,
  type SlabPool,
} from '@millrace/connector-sdk';
import type pg from 'pg';
import type { Connected } from '../connection/connected.js';
import { connect, type Endpoint } from '../connection/connect.js';
import { CopyOut } from '../copy/copy-out.js';
import { int32At } from '../copy/wire.js';
import { readStatement } from '../read/read-statement.js';
import type { OpenBatch } from './open-batch.js';
import { COPIED, type RelationPlan, TEXT_ASKED } from './relation-plan.js';

/** Values of one question for their text. PostgreSQL takes at most 65,535. */
const MAX_ASKED = 1_000;
const ONE_RECORD = { batchRows: 2, batchBytes: 65_536 };

/** Cell of a row that is replaced, and its text. */
type Texts = Map<number, string>;

/**
 * Asks the source what a batch of its log leaves open: the text form of values that only the server can write, and
 * records whose key changed while a long value did not, which the log then tells nowhere. The latter are read as they are
 * now: what happened to them since comes through the log later, and has the same end.
 */
export class BatchCompleter {
  private connected: Promise<Connected> | undefined;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly slabs: SlabPool,
    private readonly maxRecordBytes: number,
  ) {}

  /** Replaces the batch's slab where something was open. */
  async complete(batch: OpenBatch): Promise<Slab> {
    const { plan, slab } = batch;
    if (!plan.asks && batch.unfinished.length === 0) return slab;
    const rows = slab.rowCount;
    const texts = plan.asks ? await this.texts(plan, slab) : new Map<number, Texts>();
    const out = this.slabs.take();
    let kept = 0;
    for (let row = 0; row < rows; row++) {
      if (!batch.unfinished.includes(row)) copyRow(slab, row, out, texts.get(row));
      else if (!(await this.readAgain(plan, slab, row, out, texts.get(row)))) continue;
      batch.operations[kept] = batch.operations[row]!;
      batch.absenceOf[kept++] = batch.absenceOf[row]!;
    }
    this.slabs.give(slab);
    return out;
  }

  async close(): Promise<void> {
    const connected = await this.connected?.catch(() => undefined);
    connected?.socket.destroy();
  }

  private async client(): Promise<pg.Client> {
    this.connected ??= connect(this.endpoint, true);
    return (await this.connected).client;
  }

  private async texts({ cells }: RelationPlan, slab: Slab): Promise<Map<number, Texts>> {
    const asked: { row: number; cell: number; type: string; value: Buffer }[] = [];
    eachCell(slab, (row, cell, start, length) => {
      const { how, column } = cells[cell]!;
      if (how !== TEXT_ASKED || length < 0) return;
      asked.push({ row, cell, type: column.declaredType, value: slab.bytes.subarray(start, start + length) });
    });
    const found = new Map<number, Texts>();
    const client = asked.length > 0 ? await this.client() : undefined;
    for (let from = 0; from < asked.length; from += MAX_ASKED) {
      const part = asked.slice(from, from + MAX_ASKED);
      const columns = part.map(({ type }, index) => `$${index + 1}::${type}::text`);
      const text = `SELECT ${columns.join(', ')}`;
      const { rows } = await client!.query<string[]>({
        text,
        values: part.map(({ value }) => value),
        rowMode: 'array',
      });
      for (const [index, { row, cell }] of part.entries()) {
        const known = found.get(row) ?? new Map<number, string>();
        found.set(row, known.set(cell, rows[0]![index]!));
      }
    }
    return found;
  }

  /** Appends the record as it is now; false when it is gone, which the log will tell. */
  private async readAgain(
    plan: RelationPlan,
    slab: Slab,
    row: number,
    out: Slab,
    texts: Texts | undefined,
  ): Promise<boolean> {
    const { followed, table } = plan.table;
    const key = keyTexts(plan, followed, slab, row, texts);
    const { stream, projection } = followed;
    const bounds = { from: key, upTo: key };
    const statement = readStatement(table, { stream, projection, key: followed.key, uniqueKey: true, bounds });
    const copy = new CopyOut(statement, stream, projection.length, this.slabs, {
      ...ONE_RECORD,
      maxRecordBytes: this.maxRecordBytes,
    });
    (await this.client()).query(copy);
    let found = false;
    for (let batch = await copy.next(); batch; batch = await copy.next()) {
      for (let index = 0; index < batch.rowCount && !found; index++) {
        copyRow(batch, index, out, undefined);
        found = true;
      }
      this.slabs.give(batch);
    }
    return found;
  }
}

function keyTexts(
  { cells }: RelationPlan,
  { key, stream }: FollowedStream,
  slab: Slab,
  row: number,
  texts: Texts | undefined,
): string[] {
  const known = new Map<string, string>();
  eachCellOf(slab, row, (cell, start, length) => {
    const { field, how, column } = cells[cell]!;
    if (length < 0 || !key.includes(field) || known.has(field)) return;
    const text = texts?.get(cell);
    if (text !== undefined) known.set(field, text);
    else if (how !== COPIED || column.kind === 'text')
      known.set(field, slab.bytes.toString('utf8', start, start + length));
    else if (hasText(column.kind)) known.set(field, cellText(column.kind, slab.bytes, start, length));
  });
  return key.map((field) => {
    const text = known.get(field);
    if (text === undefined) throw new ConnectorError('incompatible-field', { stream, field });
    return text;
  });
}

function copyRow(from: Slab, row: number, out: Slab, texts: Texts | undefined): void {
  out.startRow(from.bytes.readInt16BE(from.rowStarts[row]!));
  eachCellOf(from, row, (cell, start, length) => {
    const text = texts?.get(cell);
    if (text !== undefined) out.writeText(text);
    else if (length < 0) out.writeNull();
    else out.writeCell(from.bytes.subarray(start, start + length));
  });
}

function eachCell(slab: Slab, act: (row: number, cell: number, start: number, length: number) => void): void {
  for (let row = 0; row < slab.rowCount; row++) {
    eachCellOf(slab, row, (cell, start, length) => act(row, cell, start, length));
  }
}

function eachCellOf(slab: Slab, row: number, act: (cell: number, start: number, length: number) => void): void {
  const start = slab.rowStarts[row]!;
  const cells = slab.bytes.readInt16BE(start);
  for (let cell = 0, at = start + 2; cell < cells; cell++) {
    const length = int32At(slab.bytes, at);
    act(cell, at + 4, length);
    at += 4 + Math.max(length, 0);
  }
}
