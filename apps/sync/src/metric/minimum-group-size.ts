import type { Charter } from '@millrace/charter';

/** The least number of people that a group of a result covers; undefined where the charter offers no metrics. */
export function minimumGroupSize(charter: Charter): number | undefined {
  return charter.isOn('metrics') && charter.binds('cached-metrics') ? charter.document.minimumGroupSize : undefined;
}
