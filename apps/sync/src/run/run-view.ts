import type { Run } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { partitions } from '../partition/partition.table.js';
import { sumCounts } from './run-counts.js';
import type { runs } from './run.table.js';

export type RunRow = Row<typeof runs>;
export type PartitionRow = Row<typeof partitions>;

/** The partitions of a run in the order of its document. */
export function partitionsOf(tx: Tx, runId: string): Promise<PartitionRow[]> {
  return tx.table(partitions).find({ where: { runId }, order: { stream: 'ASC' } });
}

/** A run as the API shows it. */
export function viewRun(run: RunRow, parts: readonly PartitionRow[]): Run {
  return {
    runId: run.id,
    pipelineId: run.pipelineId,
    pipeline: run.pipeline,
    state: run.state,
    trigger: run.trigger,
    counts: sumCounts(parts.map((part) => part.counts)),
    streams: parts.map((part) => ({
      stream: part.streamName,
      state: part.state,
      counts: part.counts,
      ...(part.expectedRows === null ? {} : { expectedRows: part.expectedRows }),
    })),
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
