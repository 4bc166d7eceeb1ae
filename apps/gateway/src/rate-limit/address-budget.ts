import { kernelProblems } from '@millrace/contracts';
import { type Clock, Problem } from '@millrace/kernel';
import { networkOf } from './address-fingerprint.js';

export interface BudgetOptions {
  /** Requests that an address may make at once. */
  readonly burst: number;
  readonly perSecond: number;
  /** Addresses that are remembered; the one unseen for longest is forgotten first, and so starts anew. */
  readonly maxAddresses: number;
}

/** 600 a minute: a person with several tabs stays far below, a loop does not. */
export const GENERAL_BUDGET: BudgetOptions = { burst: 600, perSecond: 10, maxAddresses: 20_000 };

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** A token bucket per address in memory: each gateway's own, cheap enough for every request. */
export class AddressBudget {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly clock: Clock,
    private readonly options: BudgetOptions = GENERAL_BUDGET,
  ) {}

  /** @throws Problem `kernel.too-many-requests` with the seconds until the next request is allowed */
  spend(address: string): void {
    const { burst, perSecond, maxAddresses } = this.options;
    const key = networkOf(address);
    const at = this.clock.now().getTime();
    const { tokens, at: since } = this.buckets.get(key) ?? { tokens: burst, at };
    const left = Math.min(burst, tokens + (Math.max(0, at - since) / 1000) * perSecond);
    const isAllowed = left >= 1;
    // Deleted first, so that the order of the map is the order of last appearance.
    this.buckets.delete(key);
    this.buckets.set(key, { tokens: isAllowed ? left - 1 : left, at });
    if (this.buckets.size > maxAddresses) this.buckets.delete(this.buckets.keys().next().value!);
    if (!isAllowed) throw new Problem(kernelProblems.tooMany, { retryAfterSeconds: (1 - left) / perSecond });
  }
}
