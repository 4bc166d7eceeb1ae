import type { Comparison, Counts, Discard, Reject } from '@millrace/contracts';
import { mergeRejects } from '../partition/merge-rejects.js';
import type { Row } from '@millrace/privacy';
import type { partitions, PartitionState, Projection } from '../partition/partition.table.js';
import { sumCounts } from './run-counts.js';

type PartitionRow = Row<typeof partitions>;

/** A stream of a run, its partitions taken together. */
export interface StreamTotals {
  readonly stream: string;
  readonly target: string;
  readonly state: PartitionState;
  readonly partitions: number;
  readonly needsApproval: boolean;
  readonly counts: Counts;
  readonly rejects: Reject[];
  readonly expectedRows?: number;
  readonly projection?: Projection;
  readonly comparison?: Comparison;
  readonly discard?: Discard;
}

/** One entry per stream, in the order of the run's document (`parts` come in that order). */
export function streamTotals(parts: readonly PartitionRow[]): StreamTotals[] {
  const streams = new Map<number, PartitionRow[]>();
  for (const part of parts) streams.set(part.stream, [...(streams.get(part.stream) ?? []), part]);
  return [...streams.values()].map(together);
}

function together(parts: readonly PartitionRow[]): StreamTotals {
  const [first] = parts as [PartitionRow];
  const expected = parts.flatMap(({ expectedRows }) => (expectedRows === null ? [] : [expectedRows]));
  const discards = parts.flatMap(({ discard }) => (discard ? [discard] : []));
  const projection = parts.find((part) => part.projection)?.projection;
  return {
    stream: first.streamName,
    target: first.targetName,
    state: stateOf(parts),
    partitions: parts.length,
    needsApproval: parts.some(({ needsApproval, state }) => needsApproval && state === 'queued'),
    counts: sumCounts(parts.map(({ counts }) => counts)),
    rejects: parts.length === 1 ? first.rejects : mergeRejects(parts.flatMap(({ rejects }) => rejects)),
    ...(expected.length > 0 ? { expectedRows: expected.reduce((sum, one) => sum + one, 0) } : {}),
    ...(projection ? { projection } : {}),
    ...(first.comparison ? { comparison: first.comparison } : {}),
    ...(discards.length > 0 ? { discard: allDiscards(discards) } : {}),
  };
}

/** What went wrong shows; otherwise what is still to do. */
function stateOf(parts: readonly PartitionRow[]): PartitionState {
  const has = (state: PartitionState) => parts.some((part) => part.state === state);
  if (has('failed')) return 'failed';
  if (has('cancelled')) return 'cancelled';
  if (parts.every(({ state }) => state === 'succeeded')) return 'succeeded';
  return parts.every(({ state }) => state === 'queued') ? 'queued' : 'running';
}

function allDiscards(all: readonly Discard[]): Discard {
  return {
    buffers: all.reduce((sum, { buffers }) => sum + buffers, 0),
    released: all.reduce((sum, { released }) => sum + released, 0),
    // Each worker states its own; they did not hold it all at one time, nor in one place.
    peakBytes: Math.max(...all.map(({ peakBytes }) => peakBytes)),
    complete: all.every(({ complete }) => complete),
  };
}
