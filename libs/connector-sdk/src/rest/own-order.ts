import { createHash } from 'node:crypto';
import { ConnectorError } from '../connector-error.js';
import type { JsonRange } from '../json/path.js';
import type { KeyBounds, KeyPosition } from '../session.js';
import type { Page } from './pages.js';

/**
 * A place in the order in which an API gives its pages: the page's name, how many of its records lie before the place,
 * and a digest of those. A page that meanwhile begins with other records is read whole: a record may come twice, none is lost.
 */
export interface PagePlace {
  readonly token: string;
  readonly passed: number;
  readonly digest: string;
}

export function placeOf(position: KeyPosition): PagePlace {
  const [token, passed, digest] = position;
  const count = Number(passed);
  if (token === undefined || digest === undefined || !Number.isSafeInteger(count) || count < 0) {
    throw new ConnectorError('protocol-violation');
  }
  return { token, passed: count, digest };
}

/** Where reading starts: behind `after`, else with the record of `from`, else with the first page. */
export function startOf({ after, from }: KeyBounds): PagePlace {
  if (after) return placeOf(after);
  // The record of an inclusive bound was the last of those passed; without it the digest says nothing any more.
  return from ? { ...placeOf(from), passed: 0, digest: '' } : { token: '', passed: 0, digest: '' };
}

export function positionBehind(token: string, page: Page, passed: number): KeyPosition {
  return [token, String(passed), digestOf(page, passed)];
}

/** How many of the page's records to pass over. */
export function passedOf(page: Page, place: PagePlace): number {
  const known = place.passed <= page.records.length && digestOf(page, place.passed) === place.digest;
  return known ? place.passed : 0;
}

function digestOf({ body, records }: Page, count: number): string {
  if (count === 0) return '';
  const hash = createHash('sha256');
  for (const { from, to } of records.slice(0, count) as JsonRange[]) hash.update(body.subarray(from, to)).update('\n');
  return hash.digest('base64url');
}
