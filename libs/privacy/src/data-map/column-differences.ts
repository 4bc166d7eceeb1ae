import {
  type ChangeEffect,
  categoryTitles,
  endText,
  enumerate,
  humanWord,
  periodText,
  type Purpose,
  type RetentionDocument,
  retentionTitles,
  surelyLonger,
} from '@millrace/charter';
import type { DataMapChangeKind, Difference } from './data-map-change.js';
import type { MappedColumn } from './data-map.schema.js';

type Found = Omit<Difference, 'place'>;
/** `titleOf` gives the title of a recipient by its id. */
type Comparison = (was: MappedColumn, is: MappedColumn, titleOf: (id: string) => string) => readonly Found[];

/** From what helps a person most to what helps least. */
const ERASURES: readonly MappedColumn['erasure']['does'][] = ['delete', 'blank', 'keep'];
const ENDS: readonly RetentionDocument['then'][] = ['delete', 'blank', 'anonymise', 'archive'];
/** From what says least about a person to what says most; secrets stand aside, since nobody reads them. */
const CLASSES: readonly MappedColumn['classification'][] = ['configuration', 'pseudonymous', 'personal'];

const comparisons: readonly Comparison[] = [
  ({ erasure: was }, { erasure: is }) =>
    changed('erasure-changed', byRank(ERASURES, was.does, is.does), 'The erasure of a person', erased(was), erased(is)),
  (was, is) =>
    changed(
      'rule-changed',
      byLength(was.underCharter?.period, is.underCharter?.period),
      'Kept under another rule',
      retentionTitles[was.retention],
      retentionTitles[is.retention],
    ),
  comparePeriods,
  (was, is) => added('purpose', was.purposes, is.purposes, humanWord),
  compareBases,
  (was, is, titleOf) =>
    added('recipient', was.underCharter?.recipients ?? [], is.underCharter?.recipients ?? [], titleOf),
  ({ classification: was }, { classification: is }) =>
    changed('classification-changed', byRank(CLASSES, was, is), 'Classified otherwise', was, is),
  ({ form: was = 'as it is' }, { form: is = 'as it is' }) =>
    changed('classification-changed', 'different', 'Stored otherwise', was, is),
  ({ category: was }, { category: is }) =>
    changed('category-changed', 'different', 'Belongs to another category', categoryTitles[was], categoryTitles[is]),
];

/** What is different about a column that both maps have. */
export const columnDifferences: Comparison = (was, is, titleOf) =>
  comparisons.flatMap((compare) => compare(was, is, titleOf));

/** What a column holds, in words: "Identity (personal), used for account and security". */
export const holdingWords = ({ category, classification, purposes }: MappedColumn): string =>
  `${categoryTitles[category]} (${classification}), used for ${enumerate(purposes.map(humanWord))}`;

/** One difference of a thing that has words, none where the words are the same. */
export function changed(kind: DataMapChangeKind, effect: ChangeEffect, what: string, was: string, is: string): Found[] {
  return was === is ? [] : [{ kind, effect, says: `${what}: ${is}, where it was ${was}` }];
}

const erased = (erasure: MappedColumn['erasure']): string =>
  erasure.does === 'keep'
    ? `keeps the value (${erasure.because})`
    : { delete: 'deletes the row', blank: 'removes the value' }[erasure.does];

/** A step towards the end of the list is worse for people. */
export function byRank<T>(bestFirst: readonly T[], was: T, is: T): ChangeEffect {
  const [from, to] = [bestFirst.indexOf(was), bestFirst.indexOf(is)];
  if (from < 0 || to < 0 || from === to) return 'different';
  return to > from ? 'weaker' : 'stronger';
}

/** Periods from different moments cannot be told apart by their length. */
function byLength(was: RetentionDocument | undefined, is: RetentionDocument | undefined): ChangeEffect {
  if (!was || !is || was.from !== is.from) return 'different';
  if (surelyLonger(is.keep, was.keep)) return 'weaker';
  return surelyLonger(was.keep, is.keep) ? 'stronger' : 'different';
}

/** What the charter says about a rule; another rule is told by itself. */
function comparePeriods(was: MappedColumn, is: MappedColumn): Found[] {
  const [old, now] = [was.underCharter, is.underCharter];
  if (!old || !now || was.retention !== is.retention) return [];
  const title = retentionTitles[is.retention];
  const [before, after] = [old.period, now.period];
  if (!before || !after)
    return changed('period-changed', 'different', title, before ? 'held' : 'not held', after ? 'held' : 'not held');
  const atEnd =
    before.floor === after.floor ? byRank(ENDS, before.then, after.then) : after.floor ? 'weaker' : 'stronger';
  return [
    ...changed(
      'period-changed',
      byLength(before, after),
      `${title}, how long it is kept`,
      periodText(before),
      periodText(after),
    ),
    ...changed(
      'basis-changed',
      'different',
      `${title}, why it is kept`,
      humanWord(before.basis),
      humanWord(after.basis),
    ),
    ...changed('period-changed', atEnd, `${title}, what happens then`, endText(before), endText(after)),
  ];
}

/** Bases of the purposes that both have; a purpose that came or went is told by itself. */
function compareBases(was: MappedColumn, is: MappedColumn): Found[] {
  const [old, now] = [was.underCharter, is.underCharter];
  if (!old || !now) return [];
  const basis = (bases: typeof old.bases, purpose: Purpose) => {
    const one = bases.find((base) => base.purpose === purpose);
    return one ? humanWord(one.basis) : 'none';
  };
  return is.purposes
    .filter((purpose) => was.purposes.includes(purpose))
    .flatMap((purpose) =>
      changed(
        'basis-changed',
        'different',
        `The lawful basis for ${humanWord(purpose)}`,
        basis(old.bases, purpose),
        basis(now.bases, purpose),
      ),
    );
}

const LISTED = {
  purpose: { came: 'Used for one thing more', went: 'Not used any more for' },
  recipient: { came: 'May be received by one company more', went: 'May not be received any more by' },
} as const;

/** Members of a list that came, which is worse for people, and that went. */
function added(
  what: keyof typeof LISTED,
  was: readonly string[],
  is: readonly string[],
  shown: (member: string) => string,
): Found[] {
  const { came, went } = LISTED[what];
  return [
    ...is
      .filter((member) => !was.includes(member))
      .map((member): Found => ({ kind: `${what}-added`, effect: 'weaker', says: `${came}, ${shown(member)}` })),
    ...was
      .filter((member) => !is.includes(member))
      .map((member): Found => ({ kind: `${what}-removed`, effect: 'stronger', says: `${went} ${shown(member)}` })),
  ];
}
