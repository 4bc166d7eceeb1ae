import { kernelProblems, type Run, syncProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import type { Admission } from '../admission/admission.js';
import type { ConnectionDesk } from '../connection/inspect-connection.js';
import type { PipelineDocument } from '../engine/index.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import { planRun } from './plan-run.js';
import { hasEnded } from './end-run.js';
import { type PartitionRow, partitionsOf, viewRun } from './run-view.js';
import { runs } from './run.table.js';
import { runDetails } from './run-details.js';
import { isActive } from './start-run.js';

/** Starts a run that reads again what an earlier one rejected. */
export class ReplayRun {
  constructor(
    private readonly desk: ConnectionDesk,
    private readonly admission: Admission,
  ) {}

  async execute(runId: string, call: Call): Promise<Run> {
    const { orgId, userId } = call.user;
    const earlier = await call.tx((tx) => tx.table(runs).findOneBy({ id: runId }));
    if (!earlier) throw new Problem(kernelProblems.notFound);
    await this.desk.bothActive(call, orgId, earlier);
    const view = await call.act(async (tx, about) => {
      const pipeline = await tx
        .table(pipelines)
        .findOne({ where: { id: earlier.pipelineId }, lock: { mode: 'pessimistic_write' } });
      const rejecting = pipeline ? await replayable(tx, runId, pipeline) : [];
      if (!pipeline || !hasEnded(earlier) || rejecting.length === 0) throw new Problem(syncProblems.nothingToReplay);
      if (await isActive(tx, pipeline.id)) throw new Problem(syncProblems.runActive);
      const replay = { runId, partitions: byStream(rejecting) };
      const { run, parts } = await planRun(tx, pipeline, { trigger: 'person', startedBy: userId, replay }, call.clock);
      if (parts.length === 0) throw new Problem(syncProblems.nothingToReplay);
      about({ target: { kind: 'run', id: run.id }, details: { ...runDetails(run), replayOf: runId } });
      return viewRun(run, parts);
    });
    this.admission.kick();
    return view;
  }
}

function byStream(parts: readonly PartitionRow[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { id, streamName } of parts) ids.set(streamName, [...(ids.get(streamName) ?? []), id]);
  return ids;
}

/** Partitions whose rejected records can be added to what is there; a replacement is repeated as a whole. */
async function replayable(tx: Tx, runId: string, { document }: Row<typeof pipelines>): Promise<PartitionRow[]> {
  const { streams } = document as unknown as PipelineDocument;
  const modes = new Map(streams.map(({ from, mode }) => [from, mode]));
  return (await partitionsOf(tx, runId)).filter(
    ({ sealedRejects, streamName }) => sealedRejects !== null && modes.get(streamName) !== 'replace',
  );
}
