import type { ChangeEffect } from '@millrace/charter';

/** What can change from one data map to the next, the weightiest for people first. */
export const dataMapChangeKinds = [
  'became-personal', // a column that said nothing about a person does now
  'category-added', // a service holds a category that it did not hold before
  'column-added',
  'purpose-added',
  'recipient-added',
  'declared-impersonal', // a column that is still there is not covered by export, erasure and retention any more
  'erasure-changed',
  'closure-changed', // what the end of an organization does
  'period-changed', // the charter's period, or what happens at its end
  'rule-changed', // another retention rule, or another end of the row
  'basis-changed',
  'classification-changed',
  'category-changed',
  'location-changed',
  'purpose-removed',
  'recipient-removed',
  'category-removed',
  'column-removed',
] as const;
export type DataMapChangeKind = (typeof dataMapChangeKinds)[number];

/** One thing that changed for the people whom the data is about. */
export interface DataMapChange {
  readonly kind: DataMapChangeKind;
  readonly effect: ChangeEffect;
  /** What it was and what it is, and where, for a reader who does not know the code. */
  readonly sentence: string;
  /** Every place that it concerns: `identity.account.email`, a table, a service or a region. */
  readonly places: readonly string[];
}

/** A change of one place; those that say the same about several places are told as one. */
export interface Difference {
  readonly kind: DataMapChangeKind;
  readonly effect: ChangeEffect;
  /** The sentence up to the place. */
  readonly says: string;
  readonly place: string;
}
