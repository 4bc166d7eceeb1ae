import { createHash } from 'node:crypto';
import { type Output, proveEntry, readLedgerKey, type readReceipt } from '@millrace/contracts';
import { Problem, until } from '@millrace/kernel';
import { type BundleVerdict, verifyProofBundle } from '@millrace/ledger';
import canonicalize from 'canonicalize';
import type { ApiClient } from '../api/api-client.js';

export type Receipt = Output<typeof readReceipt>;

/** Entries reach the ledger within seconds; longer means that something is wrong. */
const APPENDED_WITHIN_MS = 20_000;

/** SHA-256 of a receipt's canonical JSON (RFC 8785) without what the ledger added to it. */
export function digestOfReceipt({ digest: _digest, ledgerEntryId: _entry, ...content }: Receipt): string {
  return createHash('sha256').update(canonicalize(content)!).digest('hex');
}

/** The proof that an entry is in the ledger, as soon as there is one, and what the ledger's key says about it. */
export async function proveInLedger(
  client: ApiClient,
  entryId: string,
): Promise<{ bundle: Output<typeof proveEntry>; verdict: BundleVerdict }> {
  const { text: key } = await client.call(readLedgerKey, {});
  const bundle = await until(`the ledger entry ${entryId}`, APPENDED_WITHIN_MS, () => proofOrNothing(client, entryId));
  return { bundle, verdict: verifyProofBundle(bundle, key.trim()) };
}

async function proofOrNothing(client: ApiClient, entryId: string): Promise<Output<typeof proveEntry> | undefined> {
  try {
    return await client.call(proveEntry, { entryId });
  } catch (error) {
    if (error instanceof Problem && error.code === 'compliance.no-proof') return undefined;
    throw error;
  }
}
