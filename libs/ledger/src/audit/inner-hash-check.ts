import type { TreeNode } from '../tree/merkle-accumulator.js';
import { sameHash } from '../tree/tree-hash.js';
import type { TreeReader } from '../tree/tree-reader.js';
import type { Finding } from './finding.js';

/** Hashes read at a time: 32 KB. */
const CHUNK = 1024;

/**
 * Compares the inner hashes that follow from the stored leaf hashes with the stored inner ones. Somebody who rewrites leaf
 * hashes and forgets the levels above is found to within a few leaves.
 */
export class InnerHashCheck {
  private readonly chunks = new Map<number, { start: number; hashes: readonly Uint8Array[] }>();
  private readonly mismatched = new Map<number, number>();
  readonly findings: Finding[] = [];

  constructor(private readonly reader: TreeReader) {}

  /** `nodes` is what an append gave, the leaf first. Only the lowest wrong node over a place is named. */
  async check(nodes: readonly TreeNode[]): Promise<void> {
    for (const { level, index, hash } of nodes.slice(1)) {
      const stored = await this.storedHash(level, index);
      if (stored && sameHash(stored, hash)) continue;
      const below = this.mismatched.get(level - 1);
      if (below !== 2 * index && below !== 2 * index + 1) {
        const width = 2 ** level;
        this.findings.push({ kind: 'subtree-mismatch', from: index * width, to: (index + 1) * width - 1 });
      }
      this.mismatched.set(level, index);
    }
  }

  private async storedHash(level: number, index: number): Promise<Uint8Array | undefined> {
    let chunk = this.chunks.get(level);
    if (!chunk || index >= chunk.start + CHUNK) {
      chunk = { start: index, hashes: await this.reader.readHashes(level, index, CHUNK) };
      this.chunks.set(level, chunk);
    }
    return chunk.hashes[index - chunk.start];
  }
}
