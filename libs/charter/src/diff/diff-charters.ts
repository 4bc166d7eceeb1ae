import type { Charter } from '../charter.js';
import type { CharterDocument } from '../schema/charter.schema.js';
import { type CharterChange, changeEffects, type Comparison, owedNotices } from './change.js';
import { dataComparisons } from './data.comparisons.js';
import { type Owed, owedFor } from './owed-notices.js';
import { placeComparisons } from './place.comparisons.js';
import { rightsComparisons } from './rights.comparisons.js';

/** What a new version of a charter changes for people, and what is owed to them before it may take effect. */
export interface CharterDiff {
  readonly from: string;
  readonly to: string;
  /** Worst first, then in the order of the charter. */
  readonly changes: readonly CharterChange[];
  readonly owed: readonly Owed[];
}

const comparisons: readonly Comparison[] = [...dataComparisons, ...rightsComparisons, ...placeComparisons];

/** What two documents say differently, promises aside. */
export function compareDocuments(before: CharterDocument, after: CharterDocument): CharterChange[] {
  return comparisons.flatMap((compare) => compare(before, after));
}

/** Compares what two versions mean; how they are written makes no difference. */
export function diffCharters(before: Charter, after: Charter): CharterDiff {
  const changes = [...compareDocuments(before.document, after.document), ...promiseChanges(before, after)];
  const rank = ({ effect }: CharterChange) => changeEffects.indexOf(effect);
  const kinds = owedNotices.filter((kind) => changes.some(({ owes }) => owes.includes(kind)));
  return {
    from: before.version,
    to: after.version,
    changes: changes.toSorted((a, b) => rank(a) - rank(b)),
    owed: kinds.map((kind) => owedFor(kind, before, after)),
  };
}

/** Sentences that came, went or say something else now; those are compared as a reader sees them, with their numbers. */
function promiseChanges(before: Charter, after: Charter): CharterChange[] {
  const owes = ['policy-change'] as const;
  const gone = before.promises.filter(({ id }) => !after.promise(id));
  const rest = after.promises.flatMap(({ id, sentence }): CharterChange[] => {
    const old = before.promise(id);
    const path = `promises.${id}`;
    if (!old) return [{ path, effect: 'stronger', sentence: `One promise more, ${id}: “${sentence}”`, owes }];
    if (old.sentence === sentence) return [];
    return [{ path, effect: 'different', sentence: `${id} says “${sentence}”, where it said “${old.sentence}”`, owes }];
  });
  return [
    ...gone.map(({ id, sentence }): CharterChange => ({
      path: `promises.${id}`,
      effect: 'weaker',
      sentence: `This is not promised any more, ${id}: “${sentence}”`,
      owes,
    })),
    ...rest,
  ];
}
