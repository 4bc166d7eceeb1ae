import {
  cancelRun,
  type Input,
  kernelProblems,
  listRuns,
  readReceipt,
  readRun,
  startRun,
  syncProblems,
  watchRun,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Runtime } from '@millrace/service';
import { Controller } from '@nestjs/common';
import { announce } from './announce.js';
import { endRun, hasEnded, lockRun } from './end-run.js';
import { partitionsOf, viewRun } from './run-view.js';
import { runs } from './run.table.js';
import { StartRun } from './start-run.js';

@Controller()
export class RunOperations {
  constructor(
    private readonly runtime: Runtime,
    private readonly starter: StartRun,
  ) {}

  @Handles(startRun)
  start(input: Input<typeof startRun>, call: Call) {
    return this.starter.execute(input, call);
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
  list({ name, limit }: Input<typeof listRuns>, call: Call) {
    return call.tx(async (tx) => {
      const rows = await tx
        .table(runs)
        .find({ where: { pipeline: name }, order: { queuedAt: 'DESC', id: 'DESC' }, take: limit });
      return { runs: await Promise.all(rows.map(async (row) => viewRun(row, await partitionsOf(tx, row.id)))) };
    });
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
