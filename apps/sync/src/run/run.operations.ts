import {
  cancelRun,
  comparePipeline,
  type Input,
  kernelProblems,
  listRuns,
  readHistory,
  readReceipt,
  readRun,
  replayRun,
  startRun,
  syncProblems,
  watchRun,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Runtime } from '@millrace/service';
import { Controller } from '@nestjs/common';
import { announce } from './announce.js';
import { historyOf, listRunsOf } from '../history/list-runs.js';
import { ComparePipeline } from './compare-pipeline.js';
import { endRun, hasEnded, lockRun } from './end-run.js';
import { ReplayRun } from './replay-run.js';
import { partitionsOf, viewRun } from './run-view.js';
import { runs } from './run.table.js';
import { StartRun } from './start-run.js';

@Controller()
export class RunOperations {
  constructor(
    private readonly runtime: Runtime,
    private readonly starter: StartRun,
    private readonly replayer: ReplayRun,
    private readonly comparer: ComparePipeline,
  ) {}

  @Handles(startRun)
  start(input: Input<typeof startRun>, call: Call) {
    return this.starter.execute(input, call);
  }

  @Handles(comparePipeline)
  compare(input: Input<typeof comparePipeline>, call: Call) {
    return this.comparer.execute(input, call);
  }

  @Handles(replayRun)
  replay({ runId }: Input<typeof replayRun>, call: Call) {
    return this.replayer.execute(runId, call);
  }

  @Handles(readRun)
  read({ runId }: Input<typeof readRun>, call: Call) {
    return viewOf(runId, call);
  }

  @Handles(watchRun)
  watch({ runId }: Input<typeof watchRun>, call: Call) {
    return viewOf(runId, call);
  }

  @Handles(listRuns)
  list(input: Input<typeof listRuns>, call: Call) {
    return listRunsOf(input, call);
  }

  @Handles(readHistory)
  history(input: Input<typeof readHistory>, call: Call) {
    return historyOf(input, call);
  }

  @Handles(readReceipt)
  async receipt({ runId }: Input<typeof readReceipt>, call: Call) {
    const row = await call.tx((tx) => tx.table(runs).findOneBy({ id: runId }));
    if (!row?.receipt)
      throw new Problem(
        kernelProblems.notFound,
        row ? { detail: 'The run has not ended yet; its receipt comes with its end.' } : {},
      );
    return row.receipt;
  }

  @Handles(cancelRun)
  async cancel({ runId }: Input<typeof cancelRun>, call: Call) {
    const ended = await call.act(async (tx, about) => {
      const run = await lockRun(tx, runId);
      if (!run) throw new Problem(kernelProblems.notFound);
      if (hasEnded(run)) throw new Problem(syncProblems.runEnded);
      about({ target: { kind: 'run', id: runId } });
      return endRun(tx, run, { state: 'cancelled' }, call.clock);
    });
    announce(this.runtime, ended.run, ended.parts);
    return viewRun(ended.run, ended.parts);
  }
}

function viewOf(runId: string, call: Call) {
  return call.tx(async (tx) => {
    const row = await tx.table(runs).findOneBy({ id: runId });
    if (!row) throw new Problem(kernelProblems.notFound);
    return viewRun(row, await partitionsOf(tx, runId));
  });
}
