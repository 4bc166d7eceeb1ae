import { estimatePartition } from '@millrace/contracts';
import type { Partition } from '@millrace/connector-sdk';
import type { Runtime } from '@millrace/service';
import type { Held } from './checkpoint-reports.js';
import type { Claim } from './claimed-state.js';
import type { OpenSystem } from './system-sessions.js';

const SELF = { kind: 'service', name: 'sync-worker' } as const;

/** A query that would go over its connection's budget. Sync has taken the partition back until somebody approves. */
export class QueryWaits extends Error {
  override readonly name = 'QueryWaits';
}

/**
 * Asks whether the query may be made, where the connection has a budget, with what the source expects it to read.
 * `partition` is undefined where that cannot be told beforehand.
 * @throws QueryWaits when it may not
 */
export async function askBudget(
  { client }: Runtime,
  held: Held,
  { hasBudget }: Pick<Claim, 'hasBudget'>,
  { session }: OpenSystem,
  partition: Partition | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (!hasBudget) return;
  const estimate = partition ? await session.estimate({ stream: partition.stream, partition, signal }) : {};
  const { mayRead } = await client.call(estimatePartition, { ...held, ...rounded(estimate) }, SELF);
  if (!mayRead) throw new QueryWaits();
}

/**
 * The same for listing the keys of a stream `times` over, once its records have been read.
 * @throws QueryWaits when it may not; the run then goes on from here
 */
export async function askForListing(
  { client }: Runtime,
  held: Held,
  { hasBudget }: Pick<Claim, 'hasBudget'>,
  { session }: OpenSystem,
  { listing, times }: { readonly listing: Partition; readonly times: number },
  signal: AbortSignal,
): Promise<void> {
  if (!hasBudget) return;
  const { records = 0, bytes = 0 } = await session.estimate({ stream: listing.stream, partition: listing, signal });
  const estimate = rounded({ records: records * times, bytes: bytes * times });
  const { mayRead } = await client.call(estimatePartition, { ...held, ...estimate, isListing: true }, SELF);
  if (!mayRead) throw new QueryWaits();
}

/** Whole numbers of what a source estimates. */
export function rounded({ records, bytes }: { records?: number; bytes?: number }) {
  return {
    ...(records === undefined ? {} : { records: Math.max(0, Math.round(records)) }),
    ...(bytes === undefined ? {} : { bytes: Math.max(0, Math.round(bytes)) }),
  };
}
