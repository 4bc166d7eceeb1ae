import { LedgerError } from '../ledger-error.js';
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './tree-hash.js';

/** A complete subtree: the `index`-th of its level, over leaves `index * 2^level` to `(index + 1) * 2^level - 1`. */
export interface TreeNode {
  /** 0 for a leaf hash. */
  readonly level: number;
  readonly index: number;
  readonly hash: Buffer;
}

/** What an appender must remember of a tree: its size and the hashes of its maximal complete subtrees. */
export interface AccumulatorState {
  readonly size: number;
  /** Largest subtree first: one hash per set bit of `size`. */
  readonly hashes: readonly Uint8Array[];
}

/**
 * Appends leaves to an RFC 6962 tree with O(log n) state (a compact range). It gives every node that an append completes;
 * storing those, and nothing else, is what proofs are made from later.
 */
export class MerkleAccumulator {
  private count: number;
  private readonly hashes: Buffer[];

  /** An empty tree, or one that goes on from a stored state; throws `state-malformed`. */
  constructor(state: AccumulatorState = { size: 0, hashes: [] }) {
    const { size, hashes } = state;
    if (!Number.isSafeInteger(size) || size < 0 || hashes.length !== setBits(size)) throw malformed();
    if (hashes.some((hash) => hash.length !== HASH_BYTES)) throw malformed();
    this.count = size;
    this.hashes = hashes.map((hash) => Buffer.from(hash));
  }

  get size(): number {
    return this.count;
  }

  get state(): AccumulatorState {
    return { size: this.count, hashes: [...this.hashes] };
  }

  /** Appends a leaf by its hash. The first node returned is the leaf itself, the others are the parents it completes. */
  append(leaf: Uint8Array): TreeNode[] {
    if (leaf.length !== HASH_BYTES) throw new LedgerError('state-malformed', `A leaf hash has ${HASH_BYTES} bytes`);
    let node: TreeNode = { level: 0, index: this.count, hash: Buffer.from(leaf) };
    const completed = [node];
    while (node.index % 2 === 1) {
      const hash = nodeHash(this.hashes.pop()!, node.hash);
      node = { level: node.level + 1, index: (node.index - 1) / 2, hash };
      completed.push(node);
    }
    this.hashes.push(node.hash);
    this.count++;
    return completed;
  }

  root(): Buffer {
    if (this.hashes.length === 0) return Buffer.from(EMPTY_ROOT);
    return this.hashes.reduceRight((right, left) => nodeHash(left, right));
  }
}

function setBits(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}

function malformed(): LedgerError {
  return new LedgerError('state-malformed', 'The stored state does not describe a tree');
}
