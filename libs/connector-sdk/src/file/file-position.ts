import { createHash } from 'node:crypto';
import { ConnectorError } from '../connector-error.js';
import type { KeyPosition } from '../session.js';

/** A place in a file: where its last record lies, how many records there were up to it, and a digest of that record. */
export interface FilePlace {
  readonly start: number;
  /** Offset behind the record. */
  readonly end: number;
  readonly records: number;
  /** Empty for a place that is only an end, not a record's. */
  readonly digest: string;
}

export function positionOf({ start, end, records, digest }: FilePlace): KeyPosition {
  return [String(start), String(end), String(records), digest];
}

export function placeOf(position: KeyPosition): FilePlace {
  const [start, end, records] = position.slice(0, 3).map(Number);
  const digest = position[3];
  const known = [start, end, records].every((value) => Number.isSafeInteger(value) && value! >= 0);
  if (!known || digest === undefined || start! > end!) throw new ConnectorError('protocol-violation');
  return { start: start!, end: end!, records: records!, digest };
}

/** Tells one record from another; says nothing to whoever does not know the record. */
export function recordDigest(record: Uint8Array): string {
  return createHash('sha256').update(record).digest('base64url');
}
