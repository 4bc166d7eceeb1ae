import { Problem } from '@millrace/kernel';
import { EGRESS_PROBLEMS } from '../problems.js';

/** Default time for deciding, connecting and the TLS handshake together. */
export const DIAL_TIMEOUT_MS = 10_000;

export interface ConnectLimits {
  /** Milliseconds for deciding, connecting and the TLS handshake together. Default 10 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A time limit joined with a caller's signal; `using` ends its timer. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort: () => void;

  constructor(
    timeoutMs: number,
    private readonly outer?: AbortSignal,
  ) {
    this.#onAbort = () => this.#controller.abort(outer?.reason);
    this.#timer = setTimeout(() => this.#controller.abort(new Problem(EGRESS_PROBLEMS['egress.timeout'])), timeoutMs);
    if (outer?.aborted) this.#onAbort();
    outer?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Aborts with `egress.timeout`, or with the caller's reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** `work`, or a rejection with the signal's reason when that comes first. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(this.signal.reason);
      if (this.signal.aborted) onAbort();
      this.signal.addEventListener('abort', onAbort, { once: true });
      work.then(resolve, reject).finally(() => this.signal.removeEventListener('abort', onAbort));
    });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.outer?.removeEventListener('abort', this.#onAbort);
  }
}
