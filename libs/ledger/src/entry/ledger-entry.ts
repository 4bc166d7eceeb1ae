/** Who did it. Never who exactly: that is a personal field. */
export const ACTORS = ['user', 'staff', 'public', 'service'] as const;
export type Actor = (typeof ACTORS)[number];

export const OUTCOMES = ['success', 'failure'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** An impersonal fact: see {@link isDetailText} for what a string may be. */
export type Detail = string | number | boolean;

/** What is recorded of an act before its personal values are committed to. */
export interface EntryCore {
  /** UUIDv7, unique in the ledger. */
  readonly id: string;
  /** What happened, such as `vault.connection.revoked`. */
  readonly event: string;
  /** When, as ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  readonly region: string;
  /** The service that acted. */
  readonly source: string;
  /** Counts the source's entries from 1 without gaps, so that a removed entry leaves a hole. */
  readonly sourceNumber: number;
  readonly orgId?: string;
  readonly actor: Actor;
  readonly target?: { readonly kind: string; readonly id: string };
  readonly outcome: Outcome;
  readonly details: Readonly<Record<string, Detail>>;
}

/** A leaf of the ledger: impersonal, with a commitment in place of each personal value. */
export interface LedgerEntry extends EntryCore {
  readonly v: 1;
  /** Field name to commitment; the values and salts lie elsewhere and can be deleted without touching the leaf. */
  readonly personal: Readonly<Record<string, string>>;
}
