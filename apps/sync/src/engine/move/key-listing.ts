import {
  type Batch,
  type CellKind,
  type Partition,
  type ReadLimits,
  type Session,
  type SlabPool,
} from '@millrace/connector-sdk';

/** A record's key: a cell for each of its fields. */
export type KeyCells = readonly Buffer[];

/** Whole numbers in two's complement; all other kinds are ordered by their bytes. */
const SIGNED: readonly CellKind[] = ['int2', 'int4', 'int8', 'date', 'time', 'timestamp', 'timestamptz'];

/** Compares keys as both sides sort them: fields from left to right. */
export function keyOrder(kinds: readonly CellKind[]): (left: KeyCells, right: KeyCells) => number {
  const compare = kinds.map((kind) => (SIGNED.includes(kind) ? compareSigned : Buffer.compare));
  return (left, right) => {
    for (const [index, cells] of compare.entries()) {
      const order = cells(left[index]!, right[index]!);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** Big-endian integers of the same size: the sign bit turned, their bytes are in the order of the numbers. */
function compareSigned(left: Buffer, right: Buffer): number {
  const sign = ((right[0]! & 0x80) - (left[0]! & 0x80)) | 0;
  return sign !== 0 ? sign : Buffer.compare(left, right);
}

export interface KeyListing {
  readonly session: Pick<Session, 'read'>;
  /** Everything but the projection, which is the key. */
  readonly partition: Omit<Partition, 'projection' | 'bounds' | 'uniqueKey'>;
  readonly limits: ReadLimits;
  readonly slabs: SlabPool;
  readonly signal: AbortSignal;
}

/** What a listing of keys asks of the source. */
export function listingOf(partition: KeyListing['partition']): Partition {
  const projection = partition.key.map((field) => ({ field, as: 'as-is' as const }));
  return { ...partition, projection, uniqueKey: true, bounds: {}, bytewise: true };
}

/** The keys of a stream, one batch after another, in the order of {@link keyOrder}. A batch is valid until the next is asked for. */
export async function* listKeys({ session, partition, limits, slabs, signal }: KeyListing): AsyncGenerator<KeyCells[]> {
  const { key } = partition;
  for await (const { batch } of session.read({ partition: listingOf(partition), limits, slabs, signal })) {
    yield Array.from({ length: batch.rowCount }, (_, row) => keyCells(batch, row, key.length));
    slabs.give(batch);
  }
}

function keyCells({ bytes, rowStarts }: Batch, row: number, cells: number): KeyCells {
  let at = rowStarts[row]! + 2;
  return Array.from({ length: cells }, () => {
    const length = Math.max(bytes.readInt32BE(at), 0);
    const cell = bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return cell;
  });
}
