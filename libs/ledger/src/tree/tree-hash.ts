import { hash } from 'node:crypto';

/** Length of every hash in the tree: SHA-256. */
export const HASH_BYTES = 32;

/** What is hashed next: one-shot hashes of a buffer that is there already take half as long as of one joined for each. */
const node = Buffer.alloc(1 + 2 * HASH_BYTES, 0x01);
const leaf = Buffer.alloc(17 * 1024, 0x00);

/** The root of a tree without leaves: SHA-256 of nothing (RFC 9162 §2.1.1). */
export const EMPTY_ROOT: Uint8Array = hash('sha256', '', 'buffer');

/** The hash of a leaf: SHA-256(0x00 || data). */
export function leafHash(data: Uint8Array): Buffer {
  if (data.length >= leaf.length) return hash('sha256', Buffer.concat([leaf.subarray(0, 1), data]), 'buffer');
  leaf.set(data, 1);
  return hash('sha256', leaf.subarray(0, 1 + data.length), 'buffer');
}

/** The hash of a node with two children: SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  return hash('sha256', node, 'buffer');
}

/** Whether two hashes are equal. Tree hashes are public, so time does not matter. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** The largest power of two that is smaller than `size`; `size` is at least 2. */
export function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}
