import {
  CHANGE_OPERATIONS,
  ConnectorError,
  type DiscardAttestation,
  type Partition,
  type Session,
  type Slab,
  SlabPool,
  type Writer,
} from '@millrace/connector-sdk';
import { exceeds, type Limit } from '../document/run-limits.js';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { type KeyCells, keyOrder, listingOf, listKeys } from './key-listing.js';

const LIMITS = { batchRows: 20_000, batchBytes: 1 << 20, maxRecordBytes: 1 << 20 };
const DELETE = CHANGE_OPERATIONS.indexOf('delete');

export interface DeletionSearch {
  readonly stream: CompiledStream;
  readonly source: Pick<Session, 'read'>;
  readonly target: Pick<Session, 'read' | 'write'>;
  readonly writeId: string;
  /** Deleted records, of those in the target, above which nothing is deleted. Default: none. */
  readonly limit?: Limit;
  /** Whether a source that lists nothing at all is believed, and so the whole target deleted. */
  readonly acceptsEmpty: boolean;
  readonly signal: AbortSignal;
  /** Told now and then, so that whoever holds the work is known to be alive. */
  readonly onProgress: (looked: number) => Promise<void>;
}

export interface DeletionsDone {
  readonly deleted: number;
  readonly discard: DiscardAttestation;
}

/**
 * Removes or marks what the target has and the source has not, by merging the sorted keys of both in flight: nothing is
 * stored, and memory does not grow with the streams. With a limit the keys are merged once before, only to count.
 * @throws ConnectorError `too-many-deleted`
 */
export async function removeDeleted(search: DeletionSearch): Promise<DeletionsDone> {
  const slabs = new SlabPool(LIMITS.batchBytes);
  let writer: Writer | undefined;
  try {
    // First, because it makes the column that marks deletions where that is missing.
    writer = await openWriter(search);
    if (search.limit) await checkLimit(search, search.limit, slabs);
    if (!search.acceptsEmpty) await refuseEmpty(search, slabs);
    const deleted = await remove(search, writer, slabs);
    await writer.close();
    return { deleted, discard: slabs.discard() };
  } catch (error) {
    await writer?.abort();
    slabs.discard();
    search.signal.throwIfAborted();
    throw error;
  }
}

/** What the search reads at the source, each time: twice where a limit is to be kept. */
export function sourceListing(stream: CompiledStream): Partition {
  return listingOf(sourceKeys(stream));
}

function sourceKeys(stream: CompiledStream) {
  const { partition } = stream;
  return { stream: partition.stream, key: sourceKeyOf(stream), filter: partition.filter };
}

function openWriter({ stream, target, writeId, signal }: DeletionSearch): Promise<Writer> {
  const { columns, key, deletes } = stream;
  return target.write({
    writeId,
    target: stream.target,
    columns,
    key,
    mode: 'changes',
    ...(deletes ? { deletes } : {}),
    attempt: 1,
    maxRefusedPerBatch: LIMITS.batchRows,
    signal,
  });
}

async function checkLimit(search: DeletionSearch, limit: Limit, slabs: SlabPool): Promise<void> {
  let [gone, all] = [0, 0];
  for await (const batch of goneKeys(search, slabs)) {
    gone += batch.gone.length;
    all += batch.looked;
  }
  // All of them were looked at, however few they are.
  if (exceeds(limit, gone, all, 0)) throw new ConnectorError('too-many-deleted', { stream: search.stream.name });
}

/** A right that was lost, or a policy that came, looks like a source without a record. */
async function refuseEmpty({ stream, source, signal }: DeletionSearch, slabs: SlabPool): Promise<void> {
  const limits = { ...LIMITS, batchRows: 1 };
  for await (const keys of listKeys({ session: source, partition: sourceKeys(stream), limits, slabs, signal }))
    if (keys.length > 0) return;
  throw new ConnectorError('too-many-deleted', { stream: stream.name });
}

function sourceKeyOf({ key, columns, changes }: CompiledStream): string[] {
  return key.map((name) => changes.reads[columns.findIndex((column) => column.name === name)]![0]!);
}

async function remove(search: DeletionSearch, writer: Writer, slabs: SlabPool): Promise<number> {
  let deleted = 0;
  for await (const { gone } of goneKeys(search, slabs)) {
    if (gone.length === 0) continue;
    const batch = deletions(slabs.take(), search.stream, gone);
    const operations = new Uint8Array(gone.length).fill(DELETE);
    const absenceOf = new Uint8Array(gone.length);
    const counts = await writer.applyChanges!(batch, { operations, absences: [[]], absenceOf, truncated: false });
    deleted += counts.deleted ?? 0;
    slabs.give(batch);
  }
  return deleted;
}

/** Rows of which the key alone is known. */
function deletions(slab: Slab, { columns, key }: CompiledStream, gone: readonly KeyCells[]): Slab {
  const places = columns.map(({ name }) => key.indexOf(name));
  for (const cells of gone) {
    slab.startRow(columns.length);
    for (const place of places) {
      if (place < 0) slab.writeNull();
      else slab.writeCell(cells[place]!);
    }
    // Copies outside of the slabs, which alone are overwritten at the end.
    for (const cell of cells) cell.fill(0);
  }
  return slab;
}

/** For each batch of the target's keys those that the source has not; in one pass over both. */
async function* goneKeys(
  { stream, source, target, signal, onProgress }: DeletionSearch,
  slabs: SlabPool,
): AsyncGenerator<{ readonly gone: KeyCells[]; readonly looked: number }> {
  const { key, columns, deletes } = stream;
  const indexes = key.map((name) => columns.findIndex((column) => column.name === name));
  const order = keyOrder(indexes.map((index) => columns[index]!.kind));
  const of = { limits: LIMITS, slabs, signal };
  const there = new Cursor(stream.name, order, listKeys({ ...of, session: source, partition: sourceKeys(stream) }));
  const name = `${stream.target.schema}.${stream.target.name}`;
  // What is marked already is gone already.
  const filter =
    deletes?.kind === 'mark' ? [{ field: deletes.column, operator: 'isNull' as const, values: ['true'] }] : [];
  let looked = 0;
  try {
    for await (const keys of listKeys({ ...of, session: target, partition: { stream: name, key, filter } })) {
      const gone: KeyCells[] = [];
      for (const cells of keys) if (!(await there.has(cells))) gone.push(cells.map((cell) => Buffer.from(cell)));
      looked += keys.length;
      yield { gone, looked: keys.length };
      await onProgress(looked);
    }
  } finally {
    await there.close();
  }
}

/** Walks along sorted keys. */
class Cursor {
  private keys: KeyCells[] = [];
  private at = 0;
  private ended = false;

  private last: KeyCells | undefined;

  constructor(
    private readonly stream: string,
    private readonly order: (left: KeyCells, right: KeyCells) => number,
    private readonly listing: AsyncGenerator<KeyCells[]>,
  ) {}

  /** Whether the key is there. Ask in ascending order. @throws ConnectorError where either side is not sorted as we sort */
  async has(cells: KeyCells): Promise<boolean> {
    const { order } = this;
    if (this.last && order(this.last, cells) > 0) throw new ConnectorError('unsorted-keys', { stream: this.stream });
    this.last = cells.map((cell) => Buffer.from(cell));
    for (;;) {
      if (this.at >= this.keys.length && !(await this.more())) return false;
      const compared = order(this.keys[this.at]!, cells);
      if (compared === 0) return true;
      if (compared > 0) return false;
      const passed = this.keys[this.at++]!;
      const next = this.keys[this.at];
      if (next && order(passed, next) > 0) throw new ConnectorError('unsorted-keys', { stream: this.stream });
    }
  }

  async close(): Promise<void> {
    await this.listing.return(undefined);
  }

  private async more(): Promise<boolean> {
    if (this.ended) return false;
    const { value, done } = await this.listing.next();
    this.ended = done === true;
    this.keys = value ?? [];
    this.at = 0;
    return this.keys.length > 0 || (!this.ended && this.more());
  }
}
