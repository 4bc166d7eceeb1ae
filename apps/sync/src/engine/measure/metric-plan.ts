import type { CellKind } from '@millrace/connector-sdk';
import type { Condition } from '../mapping/computed/condition.js';
import type { Statistic } from './statistic.js';
import type { BucketSettings } from './time-bucket.js';

/** A column of a mapped row: its place there, and the kind of its cells. */
export interface MetricColumn {
  readonly name: string;
  readonly cell: number;
  readonly kind: CellKind;
}

/** What a value of a metric is: the number of records, a statistic of columns, or one value divided by another. */
export type ValuePlan = { readonly name: string; readonly columns: readonly string[] } & (
  | { readonly way: 'records' }
  | { readonly way: 'statistic'; readonly statistic: Statistic }
  | { readonly way: 'ratio'; readonly of: string; readonly to: string }
);

/** A metric that fits the columns of its stream. */
export interface MetricPlan {
  readonly name: string;
  readonly conditions: readonly Condition[];
  readonly bucket?: BucketSettings & { readonly name: string };
  readonly groups: readonly MetricColumn[];
  /** The column that tells people apart. */
  readonly people?: MetricColumn;
  readonly values: readonly ValuePlan[];
}
