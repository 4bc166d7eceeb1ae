import { kernelProblems, syncProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { PAUSED } from '../pause/paused.js';
import { announce } from '../run/announce.js';
import { hasEnded, lockRun } from '../run/end-run.js';
import type { PartitionRow, RunRow } from '../run/run-view.js';
import { partitions } from './partition.table.js';

/** What a worker names in every report. */
export interface Held {
  readonly runId: string;
  readonly partitionId: string;
  readonly fence: number;
}

/** The one door for reports of workers: only who holds a partition of a run that goes on may change anything. */
export class HeldPartitions {
  constructor(private readonly runtime: Runtime) {}

  /**
   * Runs `work` with the run locked if the worker still holds the partition; then tells whoever watches. Answers whether
   * the work is held up.
   * @throws Problem `sync.run-ended`, `sync.fenced`
   */
  async within(
    { runId, partitionId, fence }: Held,
    call: Call,
    work: (tx: Tx, run: RunRow, part: PartitionRow) => Promise<{ run: RunRow; parts: readonly PartitionRow[] }>,
  ): Promise<boolean> {
    const { orgId, isPaused } = await this.whereabouts(runId, call);
    const after = await call.tx(
      async (tx) => {
        const run = await lockRun(tx, runId);
        const part = await tx.table(partitions).findOneBy({ id: partitionId, runId });
        if (!run || !part || hasEnded(run)) throw new Problem(syncProblems.runEnded);
        if (part.fence !== fence || part.state !== 'running') throw new Problem(syncProblems.fenced);
        return work(tx, run, part);
      },
      { orgId },
    );
    announce(this.runtime, after.run, after.parts);
    return isPaused;
  }

  /** The organization of a run, and whether its work is held up: operators' pauses are seen by the region's role only. */
  private async whereabouts(
    runId: string,
    call: Call,
  ): Promise<{ readonly orgId: string; readonly isPaused: boolean }> {
    const [row] = await call.tx(
      (tx) =>
        tx.query<{ orgId: string; isPaused: boolean }>(
          `select r.org_id as "orgId", ${PAUSED} as "isPaused" from run r where r.id = $1`,
          [runId],
        ),
      'region',
    );
    if (!row) throw new Problem(kernelProblems.notFound);
    return row;
  }
}
