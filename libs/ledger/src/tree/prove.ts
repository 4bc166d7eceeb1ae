import { LedgerError } from '../ledger-error.js';
import { splitPoint } from './tree-hash.js';
import { rangeHash, type TreeReader } from './tree-reader.js';

type Range = readonly [from: number, to: number];

/**
 * The hashes that prove that leaf `index` is in the tree of `size` leaves (RFC 9162 §2.1.3.1), deepest first. Throws
 * `proof-impossible` for an index outside the tree, `hashes-missing` when the reader lacks a node.
 */
export async function inclusionProof(reader: TreeReader, index: number, size: number): Promise<Buffer[]> {
  if (!isSize(index) || !isSize(size) || index >= size) {
    throw new LedgerError('proof-impossible', 'The leaf is not in a tree of this size');
  }
  return readRanges(reader, inclusionRanges(index, size));
}

/**
 * The hashes that prove that the tree of `newSize` leaves starts with the tree of `oldSize` leaves (RFC 9162 §2.1.4.1).
 * Empty for equal sizes and for an old size of 0. Throws as {@link inclusionProof}.
 */
export async function consistencyProof(reader: TreeReader, oldSize: number, newSize: number): Promise<Buffer[]> {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) {
    throw new LedgerError('proof-impossible', 'The old tree is larger than the new one');
  }
  if (oldSize === 0 || oldSize === newSize) return [];
  return readRanges(reader, consistencyRanges(oldSize, newSize));
}

function inclusionRanges(index: number, size: number): Range[] {
  const ranges: Range[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      ranges.push([middle, to]);
      to = middle;
    } else {
      ranges.push([from, middle]);
      from = middle;
    }
  }
  return ranges.reverse();
}

function consistencyRanges(oldSize: number, newSize: number): Range[] {
  const ranges: Range[] = [];
  let [from, to] = [0, newSize];
  while (to !== oldSize) {
    const middle = from + splitPoint(to - from);
    if (oldSize <= middle) {
      ranges.push([middle, to]);
      to = middle;
    } else {
      ranges.push([from, middle]);
      from = middle;
    }
  }
  // The old tree itself is a node of the new one when nothing was split off to the left: its root is known already.
  if (from > 0) ranges.push([from, to]);
  return ranges.reverse();
}

function readRanges(reader: TreeReader, ranges: Range[]): Promise<Buffer[]> {
  return Promise.all(ranges.map(([from, to]) => rangeHash(reader, from, to)));
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
