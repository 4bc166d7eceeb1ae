import { delay, systemClock } from '@millrace/kernel';
import type { IncomingHttpHeaders } from 'node:http';

/** How an API tells what is left of its limit. Header names in lower case. */
export interface QuotaRule {
  /** Requests per second that the API allows at all; they are spaced out evenly. Default: as fast as answers come. */
  readonly requestsPerSecond?: number;
  /** Header with the number of requests that are left, such as `x-ratelimit-remaining`. */
  readonly remaining?: string;
  /** Header that tells when the limit is renewed. */
  readonly reset?: string;
  /** What `reset` holds: seconds from now (default; IETF's `ratelimit-reset`) or seconds since 1970 (GitHub). */
  readonly resetIn?: 'seconds' | 'epoch-seconds';
}

/** Longest wait for a renewed limit that a session sits out; a longer one is handed to the planner as `retryAfterMs`. */
export const LONGEST_WAIT_MS = 60_000;

/** Holds requests back until the API's limit allows them. */
export class Quota {
  /** Instant, in milliseconds since 1970, before which nothing is sent. */
  private notBeforeMs = 0;

  constructor(private readonly rule: QuotaRule) {}

  async turn(signal: AbortSignal): Promise<void> {
    const waitMs = this.notBeforeMs - nowMs();
    const { requestsPerSecond } = this.rule;
    if (requestsPerSecond) this.notBeforeMs = Math.max(this.notBeforeMs, nowMs()) + 1_000 / requestsPerSecond;
    if (waitMs > 0) await delay(Math.min(waitMs, LONGEST_WAIT_MS), signal);
  }

  /** Takes note of what an answer says about the limit. */
  note(headers: IncomingHttpHeaders): void {
    const { remaining, reset, resetIn = 'seconds' } = this.rule;
    if (!remaining || !reset || headers[remaining] !== '0') return;
    const seconds = Number(headers[reset]);
    if (!Number.isFinite(seconds)) return;
    this.notBeforeMs = Math.max(this.notBeforeMs, resetIn === 'seconds' ? nowMs() + seconds * 1_000 : seconds * 1_000);
  }

  /** Milliseconds until the limit is renewed, as far as it is known; 0 when it is not. */
  get waitMs(): number {
    return Math.max(0, this.notBeforeMs - nowMs());
  }
}

/** `Retry-After` (RFC 9110 §10.2.3) in milliseconds: seconds, or a date; undefined when there is none that makes sense. */
export function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function nowMs(): number {
  return systemClock.now().getTime();
}
