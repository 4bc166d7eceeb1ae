import type { Run } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { partitions } from '../partition/partition.table.js';
import { sumCounts } from './run-counts.js';
import { streamTotals } from './stream-totals.js';
import type { runs } from './run.table.js';

export type RunRow = Row<typeof runs>;
export type PartitionRow = Row<typeof partitions>;

/** The partitions of a run in the order of its document; those of one stream in the order in which they were made. */
export function partitionsOf(tx: Tx, runId: string): Promise<PartitionRow[]> {
  return tx.table(partitions).find({ where: { runId }, order: { stream: 'ASC', id: 'ASC' } });
}

/** A run as the API shows it. */
export function viewRun(run: RunRow, parts: readonly PartitionRow[]): Run {
  return {
    runId: run.id,
    pipelineId: run.pipelineId,
    pipeline: run.pipeline,
    state: run.state,
    kind: run.kind,
    trigger: run.trigger,
    ...(run.replayOf ? { replayOf: run.replayOf } : {}),
    counts: sumCounts(parts.map((part) => part.counts)),
    streams: streamTotals(parts).map(
      ({ stream, state, partitions: split, needsApproval, counts, expectedRows, comparison }) => ({
        stream,
        state,
        counts,
        ...(needsApproval ? { needsApproval } : {}),
        ...(split > 1 ? { partitions: split } : {}),
        ...(expectedRows === undefined ? {} : { expectedRows }),
        ...(comparison ? { comparison } : {}),
      }),
    ),
    queuedAt: run.queuedAt.toISOString(),
    ...(run.startedAt ? { startedAt: run.startedAt.toISOString() } : {}),
    ...(run.endedAt ? { endedAt: run.endedAt.toISOString() } : {}),
    ...(run.failureCode
      ? {
          failure: {
            code: run.failureCode,
            detail: run.failureDetail ?? '',
            ...(run.failureStream ? { stream: run.failureStream } : {}),
          },
        }
      : {}),
  };
}

/** For lists and for whoever watches: of a comparison the counts, without its ranges and samples. */
export function briefRun(run: Run): Run {
  if (run.kind !== 'compare') return run;
  const streams = run.streams.map((stream) =>
    stream.comparison ? { ...stream, comparison: { ...stream.comparison, ranges: [], samples: [] } } : stream,
  );
  return { ...run, streams };
}
