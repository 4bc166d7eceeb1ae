import type { PeopleCount } from './people-count.js';

/** What a group gives to a statistic. */
export interface Contribution {
  readonly people: Pick<PeopleCount, 'count' | 'prints' | 'isEnough'>;
  /** Records of it. */
  readonly records: number;
  /** Whether it is withheld already, for another reason. */
  readonly isHidden?: boolean;
}

/**
 * Which groups of a statistic must be withheld, by their place: those with fewer people than the minimum, and the
 * smallest of the others where what is withheld could otherwise be found by subtracting the rest from a total, because
 * it is one group alone or all of it together fewer people than the minimum.
 */
export function withheld(groups: readonly Contribution[], minimum: number): Set<number> {
  const given = groups.map((group, place) => ({ ...group, place })).filter(({ records }) => records > 0);
  const hidden = given.filter(({ people, isHidden }) => isHidden || !people.isEnough);
  const places = new Set(hidden.map(({ place }) => place));
  const isSafe = hidden.every(({ people }) => people.isEnough);
  if (isSafe || (hidden.length > 1 && together(hidden) >= minimum)) return places;
  const shown = given.filter(({ place }) => !places.has(place));
  if (shown.length > 0) places.add(shown.reduce((least, one) => (one.records < least.records ? one : least)).place);
  return places;
}

/** People of several groups; somebody who is in two of them is one person. */
function together(groups: readonly Contribution[]): number {
  const known = new Set<number>();
  let [apart, most] = [0, 0];
  for (const { people } of groups) {
    if (people.prints === undefined) apart += people.count;
    else for (const print of people.prints) known.add(print);
    most = Math.max(most, people.count);
  }
  return Math.max(apart + known.size, most);
}
