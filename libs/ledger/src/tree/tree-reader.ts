import { LedgerError } from '../ledger-error.js';
import { HASH_BYTES, nodeHash } from './tree-hash.js';
import type { TreeNode } from './merkle-accumulator.js';

/** Reads stored hashes of complete subtrees; a table `(level, index, hash)` can back it. */
export interface TreeReader {
  /** The hashes `start` to `start + count - 1` of a level, in order. Fewer than asked for means that some are missing. */
  readHashes(level: number, start: number, count: number): Promise<readonly Uint8Array[]>;
}

/** A reader over nodes in memory, for a verifier that holds a whole tree and for tests. */
export class MemoryTree implements TreeReader {
  private readonly levels: Uint8Array[][] = [];

  /** Stores what {@link MerkleAccumulator.append} returned. */
  add(nodes: readonly TreeNode[]): void {
    for (const { level, index, hash } of nodes) (this.levels[level] ??= [])[index] = hash;
  }

  async readHashes(level: number, start: number, count: number): Promise<readonly Uint8Array[]> {
    return (this.levels[level] ?? []).slice(start, start + count);
  }
}

/**
 * The hash of leaves `from` to `to - 1`, where `from` is a multiple of a power of two that is at least the length: the
 * subtrees that proofs consist of. The complete ones inside are read, the rest is computed.
 */
export async function rangeHash(reader: TreeReader, from: number, to: number): Promise<Buffer> {
  const parts = await Promise.all(completeParts(from, to).map(({ level, index }) => readNode(reader, level, index)));
  return parts.reduceRight((right, left) => nodeHash(left, right));
}

async function readNode(reader: TreeReader, level: number, index: number): Promise<Buffer> {
  const [hash] = await reader.readHashes(level, index, 1);
  if (hash?.length !== HASH_BYTES)
    throw new LedgerError('hashes-missing', `The hash of node ${level}/${index} is missing`);
  return Buffer.from(hash);
}

/** The complete subtrees that a range consists of, from left to right, so from large to small. */
function completeParts(from: number, to: number): { level: number; index: number }[] {
  const parts: { level: number; index: number }[] = [];
  for (let start = from; start < to;) {
    let [level, width] = [0, 1];
    while (width * 2 <= to - start) [level, width] = [level + 1, width * 2];
    parts.push({ level, index: start / width });
    start += width;
  }
  return parts;
}
