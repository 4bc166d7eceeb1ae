import { z } from 'zod';

/** Rejected records of a stream above which a run stops, unless the document says otherwise. */
export const DEFAULT_MAX_REJECTED = 10_000;

const share = z
  .string()
  .regex(/^(100|\d{1,2}(\.\d{1,3})?)%$/, 'must be a share such as 5% or 0.5%')
  .describe('A share of the records looked at');

export const RunLimits = z
  .strictObject({
    rejected: z
      .union([z.number().int().min(0).max(1_000_000), share])
      .default(DEFAULT_MAX_REJECTED)
      .describe('Most records of a stream that may be rejected before the run stops: a number or a share'),
    changed: share
      .optional()
      .describe('Largest share of the target’s known records that a run may change; beyond it the run stops and asks'),
    deleted: share
      .optional()
      .describe('Largest share of the target’s records that a run may delete; beyond it the run stops and asks'),
  })
  .default({ rejected: DEFAULT_MAX_REJECTED })
  .describe('What stops a run');
export type RunLimits = z.infer<typeof RunLimits>;

/** A limit as a number of records, or as a fraction of those looked at. */
export type Limit = { readonly count: number } | { readonly fraction: number };

export function limitOf(limit: number | string): Limit {
  return typeof limit === 'number' ? { count: limit } : { fraction: Number(limit.slice(0, -1)) / 100 };
}

/** Records below which a share says nothing: one bad record of the first ten is not ten percent of a million. */
const SHARE_FROM_RECORDS = 100;

/** Whether `count` of `of` records is more than the limit allows; a share counts once `from` were looked at. */
export function exceeds(limit: Limit, count: number, of: number, from = SHARE_FROM_RECORDS): boolean {
  if ('count' in limit) return count > limit.count;
  return of >= from && count > limit.fraction * of;
}
