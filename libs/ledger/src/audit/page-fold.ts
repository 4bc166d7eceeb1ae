import type { Checkpoint } from '../note/checkpoint.js';
import { MerkleAccumulator, type TreeNode } from '../tree/merkle-accumulator.js';
import { EMPTY_ROOT, nodeHash, sameHash } from '../tree/tree-hash.js';
import type { PageVerdict, SourceSpan } from './check-page.js';

/** The level of the subtree that a whole page is. */
export const PAGE_LEVEL = 12;
/** Leaves of a page: a few megabytes of rows. */
export const PAGE_LEAVES = 2 ** PAGE_LEVEL;

/**
 * Puts the verdicts on pages together, in their order: the roots of signed trees, the stored hashes above the pages, and
 * the numbers of each source from page to page.
 */
export class PageFold {
  private readonly pages = new MerkleAccumulator();
  private readonly last = new Map<string, number>();
  private broken = false;

  /**
   * @param checkpoints verified ones, by size; each must be a stop of its page
   * @param storedHash the stored hash of a node above the pages
   */
  constructor(
    private readonly checkpoints: ReadonlyMap<number, readonly Checkpoint[]>,
    private readonly storedHash: (level: number, index: number) => Uint8Array | undefined,
  ) {
    this.compare(0, EMPTY_ROOT);
  }

  /** Whether everything so far is what was signed. */
  get holds(): boolean {
    return !this.broken;
  }

  add({ from, to, holds, peaks, sources }: PageVerdict): void {
    if (!holds) this.broken = true;
    if (this.broken) return;
    for (const [size, hashes] of peaks) this.compare(size, rootOf([...this.pages.state.hashes, ...hashes]));
    for (const span of sources) this.follow(span);
    if (to - from === PAGE_LEAVES) for (const node of this.pages.append(peaks.get(to)![0]!).slice(1)) this.check(node);
  }

  private compare(size: number, root: Uint8Array): void {
    for (const checkpoint of this.checkpoints.get(size) ?? []) if (!sameHash(checkpoint.root, root)) this.broken = true;
  }

  private follow([source, first, last]: SourceSpan): void {
    if (first !== (this.last.get(source) ?? 0) + 1) this.broken = true;
    this.last.set(source, last);
  }

  private check({ level, index, hash }: TreeNode): void {
    const stored = this.storedHash(PAGE_LEVEL + level, index);
    if (!stored || !sameHash(stored, hash)) this.broken = true;
  }
}

function rootOf(peaks: readonly Uint8Array[]): Uint8Array {
  return peaks.length ? peaks.reduceRight((right, left) => nodeHash(left, right)) : EMPTY_ROOT;
}
