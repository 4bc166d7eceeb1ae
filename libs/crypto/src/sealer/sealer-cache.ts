import { type Clock, systemClock } from '@millrace/kernel';
import type { Sealer } from './sealer.js';

export interface SealerCacheOptions {
  /** Opens the sealer of an organization (or other owner); called once per lifetime. */
  readonly open: (owner: string) => Promise<Sealer>;
  /** How long an unwrapped key stays in memory, so how long a destroyed key may still be used; 5 minutes by default. */
  readonly lifetimeMs?: number;
  /** The most sealers kept; the one opened first goes first. 1,000 by default. */
  readonly maxSealers?: number;
  readonly clock?: Clock;
}

/** Keeps opened sealers for a bounded time, so that sealing a value does not ask the key provider each time. */
export class SealerCache {
  private readonly sealers = new Map<string, { sealer: Promise<Sealer>; until: number }>();

  constructor(private readonly options: SealerCacheOptions) {}

  /** The sealer of `owner`; a failure to open is not kept. */
  get(owner: string): Promise<Sealer> {
    const { open, lifetimeMs = 300_000, maxSealers = 1_000, clock = systemClock } = this.options;
    const now = clock.now().getTime();
    const known = this.sealers.get(owner);
    if (known && known.until > now) return known.sealer;
    this.sealers.delete(owner);
    this.dropExpired(now);
    if (this.sealers.size >= maxSealers) this.sealers.delete(this.sealers.keys().next().value!);
    const entry = { sealer: open(owner), until: now + lifetimeMs };
    this.sealers.set(owner, entry);
    entry.sealer.catch(() => {
      if (this.sealers.get(owner) === entry) this.sealers.delete(owner);
    });
    return entry.sealer;
  }

  /** Forgets one owner's sealer at once, for instance when its key was destroyed; without `owner` all of them. */
  forget(owner?: string): void {
    if (owner === undefined) this.sealers.clear();
    else this.sealers.delete(owner);
  }

  /** Entries are in order of opening, so the expired ones come first. */
  private dropExpired(now: number): void {
    for (const [owner, { until }] of this.sealers) {
      if (until > now) return;
      this.sealers.delete(owner);
    }
  }
}
