import { ConnectorError } from '@millrace/connector-sdk';
import { exceeds, limitOf, type PipelineDocument } from '../engine/index.js';
import type { Ending } from '../run/end-run.js';
import { type PartitionRow, type RunRow } from '../run/run-view.js';
import { streamTotals } from '../run/stream-totals.js';

/**
 * Why a run stops whose partition has just reported: the document's limits hold for a stream, and no worker sees more of
 * one that is moved in several partitions than its own. Undefined while all is well.
 */
export function overLimit(run: RunRow, parts: readonly PartitionRow[], { stream }: PartitionRow): Ending | undefined {
  const ours = parts.filter((part) => part.stream === stream);
  if (ours.length === 1) return undefined;
  const { rejected, changed } = (run.document as unknown as PipelineDocument).limits;
  const [{ counts, stream: name }] = streamTotals(ours) as [ReturnType<typeof streamTotals>[number]];
  const known = counts.updated + counts.unchanged;
  if (exceeds(limitOf(rejected), counts.rejected, counts.read)) return stopped('too-many-refused', name);
  if (changed && !run.acceptChanges && exceeds(limitOf(changed), counts.updated, known))
    return stopped('too-many-changed', name);
  return undefined;
}

/** In the words with which a worker would have stopped it. */
function stopped(code: 'too-many-refused' | 'too-many-changed', stream: string): Ending {
  const { message } = new ConnectorError(code, { stream });
  return { state: 'failed', failure: { code: `connector.${code}`, detail: message, stream } };
}
