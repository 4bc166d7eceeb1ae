import { createHash } from 'node:crypto';
import type { Receipt } from '@millrace/contracts';
import canonicalize from 'canonicalize';
import type { PartitionRow, RunRow } from './run-view.js';
import { streamTotals } from './stream-totals.js';

/** SHA-256 of the receipt's canonical JSON (RFC 8785) without `digest` and `ledgerEntryId`: what the ledger entry holds. */
export function receiptDigest(receipt: Omit<Receipt, 'digest' | 'ledgerEntryId'>): string {
  return createHash('sha256').update(canonicalize(receipt)!).digest('hex');
}

/** The receipt of a run that has just ended, without the parts that the ledger adds. */
export function composeReceipt(
  run: RunRow,
  parts: readonly PartitionRow[],
  endedAt: Date,
): Omit<Receipt, 'digest' | 'ledgerEntryId'> {
  return {
    runId: run.id,
    pipelineId: run.pipelineId,
    pipelineVersion: run.pipelineVersion,
    mappingDigest: run.mappingDigest,
    state: run.state as Receipt['state'],
    startedAt: (run.startedAt ?? run.queuedAt).toISOString(),
    endedAt: endedAt.toISOString(),
    streams: streamTotals(parts).map(({ stream, target, counts, projection, rejects, comparison, discard }) => ({
      stream,
      target,
      counts,
      projected: projection?.projected ?? [],
      dropped: projection?.dropped ?? [],
      hashed: projection?.hashed ?? [],
      rejects,
      ...(comparison ? { comparison } : {}),
      ...(discard ? { discard } : {}),
    })),
  };
}
