import { LedgerError } from '../ledger-error.js';
import { parseLeaf } from '../entry/leaf.js';
import type { LedgerEntry } from '../entry/ledger-entry.js';
import type { Finding } from './finding.js';

/** A finding about a source's numbers, and the rows between which the cause must lie. */
export interface SourceSuspicion {
  readonly finding: Finding;
  readonly from: number;
  readonly to: number;
}

/** Follows each source's numbers: a removed entry leaves a hole even when everything else was rewritten around it. */
export class SourceCheck {
  private readonly last = new Map<string, { number: number; index: number }>();

  /** `firstIndex` is where leaves begin: before it retention dropped them, so a source may start at any number there. */
  constructor(private readonly firstIndex: number) {}

  check(index: number, leafBytes: Uint8Array): SourceSuspicion | undefined {
    const entry = readEntry(leafBytes);
    if (!entry) return { finding: { kind: 'malformed', index }, from: index, to: index };
    const { source, sourceNumber: number } = entry;
    const last = this.last.get(source) ?? { number: this.firstIndex > 0 ? number - 1 : 0, index: this.firstIndex };
    const place = { from: last.index, to: index };
    if (number <= last.number)
      return { finding: { kind: 'source-disorder', index, source, sourceNumber: number }, ...place };
    this.last.set(source, { number, index });
    if (number === last.number + 1) return undefined;
    return { finding: { kind: 'source-gap', index, source, from: last.number + 1, to: number - 1 }, ...place };
  }
}

function readEntry(leafBytes: Uint8Array): LedgerEntry | undefined {
  try {
    return parseLeaf(leafBytes);
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}
