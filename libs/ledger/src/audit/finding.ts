/**
 * What an audit found wrong, each naming rows by index. `from` and `to` are inclusive.
 *
 * - `changed`: the leaf and its stored hash do not belong together; `what` says which was changed, `unknown` when no
 *   checkpoint can tell.
 * - `missing`: rows, leaves or hashes that must be there are not; a `row` may also have been taken out and the rows after it
 *   moved up.
 * - `inserted`: a leaf that no hash knows, or a second row with the same index.
 * - `reordered`: a leaf that belongs to another index.
 * - `source-gap`: entries of a source were removed: its numbers jump.
 * - `source-disorder`: a source's number repeats or goes back.
 * - `malformed`: the leaf's hash is right but its bytes are no canonical entry.
 * - `subtree-mismatch`: the stored inner hash over these leaves is not theirs: their hashes were rewritten, or the inner one was.
 * - `root-mismatch`: the leaves before the signed checkpoint are not those that were signed, hashes included; `from` is the
 *   last earlier checkpoint that still holds.
 * - `incomplete`: there was too much to compare; what is named is right, but more is wrong from this index on.
 */
export type Finding =
  | { readonly kind: 'changed'; readonly index: number; readonly what: 'leaf' | 'hash' | 'unknown' }
  | { readonly kind: 'missing'; readonly from: number; readonly to: number; readonly what: 'row' | 'leaf' | 'hash' }
  | { readonly kind: 'inserted'; readonly index: number }
  | { readonly kind: 'reordered'; readonly index: number; readonly belongsAt: number }
  | {
      readonly kind: 'source-gap';
      readonly index: number;
      readonly source: string;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: 'source-disorder'; readonly index: number; readonly source: string; readonly sourceNumber: number }
  | { readonly kind: 'malformed'; readonly index: number }
  | { readonly kind: 'subtree-mismatch'; readonly from: number; readonly to: number }
  | { readonly kind: 'root-mismatch'; readonly from: number; readonly to: number; readonly checkpointSize: number }
  | { readonly kind: 'incomplete'; readonly index: number };

/** The first index that a finding concerns. */
export function findingIndex(finding: Finding): number {
  switch (finding.kind) {
    case 'missing':
    case 'subtree-mismatch':
    case 'root-mismatch':
      return finding.from;
    default:
      return finding.index;
  }
}
