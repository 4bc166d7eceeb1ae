import type { Caller } from '@millrace/contracts';

/** Signs and verifies call tokens; `service` gives one made of the service's own key and the keys it trusts. */
export interface CallTokens {
  sign(call: { readonly caller: Caller; readonly operation: string; readonly requestId: string }): Promise<string>;
  /** @throws Problem `kernel.not-signed-in` when the token is forged, expired or for another operation or region */
  verify(token: string, operation: string): Promise<{ readonly caller: Caller; readonly requestId: string }>;
}

export interface SpanRequest {
  readonly kind: 'client' | 'server' | 'consumer';
  /** The operation's or event's name. */
  readonly name: string;
  /** Headers of the message that began this work; the span continues their trace. */
  readonly carrier?: Readonly<Record<string, string>>;
  readonly requestId?: string;
}

/** Spans and counters around what passes over NATS. */
export interface Instruments {
  /** Runs `work` in a span. */
  span<T>(request: SpanRequest, work: () => Promise<T>): Promise<T>;
  /** The headers that carry the present trace on. */
  carrier(): Record<string, string>;
  /** Counts and logs a handled operation or event with its outcome and duration. */
  handled(
    kind: 'operation' | 'event',
    name: string,
    outcome: 'success' | 'refused' | 'failed',
    durationMs: number,
    requestId?: string,
  ): void;
  /** Reports an error that nobody expected; the value of no field is in it. */
  unexpected(error: unknown, where: { readonly operation?: string; readonly event?: string }): void;
}
