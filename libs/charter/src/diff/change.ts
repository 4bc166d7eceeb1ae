import type { CharterDocument } from '../schema/charter.schema.js';

/** What a change means for the people whom the data is about. `different`: neither clearly better nor worse. */
export const changeEffects = ['weaker', 'stronger', 'different'] as const;
export type ChangeEffect = (typeof changeEffects)[number];

/**
 * What has to be done before a change may take effect, beyond putting up the new page.
 * - `policy-change`: everybody whom the charter promises it to is told
 * - `sub-processor-change`: the new recipient is announced first
 * - `ownership-change`: people are told that somebody else answers for their data
 * - `consent`: people are asked, since the new purpose rests on their consent
 */
export const owedNotices = ['policy-change', 'sub-processor-change', 'ownership-change', 'consent'] as const;
export type OwedNotice = (typeof owedNotices)[number];

/** One thing that a new version of a charter changes for people. */
export interface CharterChange {
  /** Where it stands: `retention.account.keep`. */
  readonly path: string;
  readonly effect: ChangeEffect;
  /** What it was and what it is, for a reader who has never seen a charter. */
  readonly sentence: string;
  readonly owes: readonly OwedNotice[];
}

/** Finds what two versions say differently about one matter. */
export type Comparison = (before: CharterDocument, after: CharterDocument) => readonly CharterChange[];

export type Read<T> = (document: CharterDocument) => T | undefined;
