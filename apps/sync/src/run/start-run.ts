import { type Input, kernelProblems, type Run, type startRun, syncProblems } from '@millrace/contracts';
import { type Fault, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Admission } from '../admission/admission.js';
import type { ConnectionDesk } from '../connection/inspect-connection.js';
import type { PipelineDocument } from '../engine/index.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import { planRun } from './plan-run.js';
import { runDetails } from './run-details.js';
import { viewRun } from './run-view.js';

/** Starts a run because somebody asked for it. */
export class StartRun {
  constructor(
    private readonly desk: ConnectionDesk,
    private readonly admission: Admission,
  ) {}

  async execute({ name, ...wanted }: Input<typeof startRun>, call: Call): Promise<Run> {
    const { orgId, userId } = call.user;
    const pipeline = await call.tx((tx) => tx.table(pipelines).findOneBy({ name }));
    if (!pipeline) throw new Problem(kernelProblems.notFound);
    checkSelection(pipeline.document as unknown as PipelineDocument, wanted.streams, wanted.backfill !== undefined);
    await this.desk.bothActive(call, orgId, pipeline);
    const view = await call.act(async (tx, about) => {
      const locked = await tx
        .table(pipelines)
        .findOne({ where: { id: pipeline.id }, lock: { mode: 'pessimistic_write' } });
      if (!locked) throw new Problem(kernelProblems.notFound);
      if (await isActive(tx, locked.id)) throw new Problem(syncProblems.runActive);
      const request = { trigger: 'person', startedBy: userId, ...wanted } as const;
      const { run, parts } = await planRun(tx, locked, request, call.clock);
      about({ target: { kind: 'run', id: run.id }, details: runDetails(run) });
      return viewRun(run, parts);
    });
    this.admission.kick();
    return view;
  }
}

/** Whether a run of the pipeline goes on. */
export async function isActive(tx: Tx, pipelineId: string): Promise<boolean> {
  const active = await tx.query('select 1 from run where pipeline_id = $1 and ended_at is null limit 1', [pipelineId]);
  return active.length > 0;
}

/** @throws Problem `kernel.invalid-input` for streams that the pipeline has not, or that have no cursor to bound */
function checkSelection(document: PipelineDocument, streams: readonly string[] | undefined, isBounded: boolean): void {
  const errors: Fault[] = [];
  for (const [index, name] of (streams ?? []).entries())
    if (!document.streams.some(({ from }) => from === name))
      errors.push({ path: `/streams/${index}`, message: 'The pipeline has no such stream.' });
  const moved = document.streams.filter(({ from }) => streams === undefined || streams.includes(from));
  if (isBounded && moved.some(({ read, mode }) => typeof read !== 'object' || mode === 'append'))
    errors.push({
      path: '/backfill',
      message:
        'Only streams that are read by a cursor, and not appended, have a stretch to read again. Name them as streams.',
    });
  if (errors.length > 0) throw new Problem(kernelProblems.invalidInput, { errors });
}
