import { type Input, kernelProblems, type measurePipeline, type Run, syncProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Runtime } from '@millrace/service';
import type { Admission } from '../admission/admission.js';
import type { ConnectionDesk } from '../connection/inspect-connection.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import { planRun } from '../run/plan-run.js';
import { runDetails } from '../run/run-details.js';
import { viewRun } from '../run/run-view.js';
import { isActive } from '../run/start-run.js';
import { minimumGroupSize } from './minimum-group-size.js';

/** Starts a run that writes nothing: it reads the streams that metrics look over and measures them. */
export class MeasurePipeline {
  constructor(
    private readonly runtime: Runtime,
    private readonly desk: ConnectionDesk,
    private readonly admission: Admission,
  ) {}

  async execute({ name, streams }: Input<typeof measurePipeline>, call: Call): Promise<Run> {
    const { orgId, userId } = call.user;
    const known = await call.tx((tx) => tx.table(pipelines).findOneBy({ name }));
    if (!known) throw new Problem(kernelProblems.notFound);
    if (minimumGroupSize(this.runtime.charter) === undefined) throw new Problem(syncProblems.metricsOff);
    await this.desk.bothActive(call, orgId, known);
    const view = await call.act(async (tx, about) => {
      const pipeline = await tx
        .table(pipelines)
        .findOne({ where: { id: known.id }, lock: { mode: 'pessimistic_write' } });
      if (!pipeline) throw new Problem(kernelProblems.notFound);
      if (await isActive(tx, pipeline.id)) throw new Problem(syncProblems.runActive);
      const request = { kind: 'measure', trigger: 'person', startedBy: userId, streams } as const;
      const { run, parts } = await planRun(tx, pipeline, request, call.clock);
      if (parts.length === 0) throw new Problem(syncProblems.nothingToMeasure);
      about({ target: { kind: 'run', id: run.id }, details: { ...runDetails(run), kind: run.kind } });
      return viewRun(run, parts);
    });
    this.admission.kick();
    return view;
  }
}
