import type { Caller, ContextName } from '@millrace/contracts';

/** Signs and verifies call tokens; `service` gives one made of the service's own key and the keys it trusts. */
export interface CallTokens {
  sign(call: { readonly caller: Caller; readonly operation: string; readonly requestId: string }): Promise<string>;
  /** @throws Problem `kernel.not-signed-in` when the token is forged, expired or for another operation or region */
  verify(token: string, operation: string): Promise<{ readonly caller: Caller; readonly requestId: string }>;
}

/** Seals the secrets of a call to the context that may read them; `service` gives one made of the region's sealing keys. */
export interface CallSeals {
  /** Seals to the current key of a context, bound to `info`. */
  seal(
    to: ContextName,
    plaintext: Uint8Array,
    info: Readonly<Record<string, string>>,
  ): Promise<{ readonly keyId: string; readonly sealed: string }>;
  /**
   * Opens what was sealed to a key of this party; whoever asked wipes it.
   * @throws Problem `kernel.not-sealed` when it was changed, or is of another key or `info`
   */
  open(keyId: string, sealed: string, info: Readonly<Record<string, string>>): Promise<Buffer>;
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
