import { type comparePipeline, type Input, kernelProblems, type Run, syncProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Admission } from '../admission/admission.js';
import type { ConnectionDesk } from '../connection/inspect-connection.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import { planRun } from './plan-run.js';
import { viewRun } from './run-view.js';
import { runDetails } from './run-details.js';
import { isActive } from './start-run.js';

/** Starts a run that moves nothing: it compares what both sides hold. */
export class ComparePipeline {
  constructor(
    private readonly desk: ConnectionDesk,
    private readonly admission: Admission,
  ) {}

  async execute({ name, streams }: Input<typeof comparePipeline>, call: Call): Promise<Run> {
    const { orgId, userId } = call.user;
    const known = await call.tx((tx) => tx.table(pipelines).findOneBy({ name }));
    if (!known) throw new Problem(kernelProblems.notFound);
    await this.desk.bothActive(call, orgId, known);
    const view = await call.act(async (tx, about) => {
      const pipeline = await tx
        .table(pipelines)
        .findOne({ where: { id: known.id }, lock: { mode: 'pessimistic_write' } });
      if (!pipeline) throw new Problem(kernelProblems.notFound);
      if (await isActive(tx, pipeline.id)) throw new Problem(syncProblems.runActive);
      const request = { kind: 'compare', trigger: 'person', startedBy: userId, streams } as const;
      const { run, parts } = await planRun(tx, pipeline, request, call.clock);
      if (parts.length === 0) throw new Problem(syncProblems.notComparable);
      about({ target: { kind: 'run', id: run.id }, details: { ...runDetails(run), kind: run.kind } });
      return viewRun(run, parts);
    });
    this.admission.kick();
    return view;
  }
}
