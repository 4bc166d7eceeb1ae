import type { Terminal } from '../terminal/terminal.js';

/** One thing that the demo claims, and whether it held. */
export interface Claim {
  readonly claim: string;
  readonly held: boolean;
  readonly note?: string;
}

/** What the demo claims is checked before it is shown; at the end all of it must have held. */
export class Held {
  readonly claims: Claim[] = [];

  constructor(private readonly terminal: Terminal) {}

  check(held: boolean, claim: string, note?: string): void {
    this.claims.push({ claim, held, ...(note === undefined ? {} : { note }) });
    this.terminal.mark(held ? 'tick' : 'cross', claim, note);
  }

  get failed(): Claim[] {
    return this.claims.filter((claim) => !claim.held);
  }
}
