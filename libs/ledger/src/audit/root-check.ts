import type { Checkpoint } from '../note/checkpoint.js';
import { MerkleAccumulator, type TreeNode } from '../tree/merkle-accumulator.js';
import { sameHash } from '../tree/tree-hash.js';
import type { Finding } from './finding.js';

/** Which of the two sets of hashes a checkpoint signed, for the leaves since the one before. */
interface Segment {
  readonly from: number;
  readonly to: number;
  readonly culprit: 'leaf' | 'hash' | 'unknown';
}

/**
 * Rebuilds the tree twice, from stored hashes and from the leaves themselves, and holds both against signed checkpoints.
 * Whichever agrees with the signature is the truth, so a mismatch between the two can be pinned on one of them.
 */
export class RootCheck {
  private readonly stored = new MerkleAccumulator();
  private readonly leaves = new MerkleAccumulator();
  private readonly checkpoints: Checkpoint[];
  private readonly segments: Segment[] = [];
  private next = 0;
  private lastGood = 0;
  private broken: Finding | undefined;

  constructor(checkpoints: readonly Checkpoint[]) {
    this.checkpoints = [...checkpoints].sort((a, b) => a.size - b.size);
    this.compare();
  }

  /** The nodes that the stored hash completes. */
  append(storedHash: Uint8Array, leafHash: Uint8Array): TreeNode[] {
    const nodes = this.stored.append(storedHash);
    this.leaves.append(leafHash);
    this.compare();
    return nodes;
  }

  get finding(): Finding | undefined {
    return this.broken;
  }

  /** What was changed at `index`, as far as a checkpoint over it tells. */
  culpritAt(index: number): 'leaf' | 'hash' | 'unknown' {
    return this.segments.find(({ from, to }) => index >= from && index < to)?.culprit ?? 'unknown';
  }

  private compare(): void {
    for (; this.checkpoints[this.next]?.size === this.stored.size; this.next++) {
      const { size, root } = this.checkpoints[this.next]!;
      const storedHolds = sameHash(this.stored.root(), root);
      const culprit = storedHolds ? 'leaf' : sameHash(this.leaves.root(), root) ? 'hash' : 'unknown';
      this.segments.push({ from: this.lastGood, to: size, culprit });
      if (culprit === 'unknown') {
        this.broken ??= { kind: 'root-mismatch', from: this.lastGood, to: Math.max(size - 1, 0), checkpointSize: size };
      } else {
        this.lastGood = size;
      }
    }
  }
}
