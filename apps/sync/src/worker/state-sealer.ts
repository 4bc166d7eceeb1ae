import { fromBase64url, type Sealer, toBase64url } from '@millrace/crypto';

/**
 * Seals and opens state that sync keeps and cannot read: where a partition stands, how far a stream was read. Only a
 * worker that was given the key can.
 */
export class StateSealer<State> {
  /** `context` is what the sealed bytes are bound to; moved elsewhere they do not open. */
  constructor(
    private readonly sealer: Sealer,
    private readonly context: Record<string, string>,
  ) {}

  /** The same key for a state that is bound to something else. */
  boundTo(context: Record<string, string>): StateSealer<State> {
    return new StateSealer(this.sealer, context);
  }

  seal(state: State): string {
    return toBase64url(this.sealer.seal(JSON.stringify(state), this.context));
  }

  open(sealed: string): State {
    return JSON.parse(this.sealer.open(fromBase64url(sealed)!, this.context).toString('utf8')) as State;
  }
}
