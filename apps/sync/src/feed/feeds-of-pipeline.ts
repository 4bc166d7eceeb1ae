import { type Clock, newId } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { PipelineDocument } from '../engine/index.js';
import type { RunRow } from '../run/run-view.js';
import { feeds } from './feed.table.js';

/** Whether any stream of a document follows the source's log. */
export function followsLog({ streams }: PipelineDocument): boolean {
  return streams.some(({ read }) => read === 'changes');
}

/** Notes that the source keeps its log for the pipeline, before it is asked to; answers the feed's name there. */
export async function obtainFeed(tx: Tx, run: RunRow, clock: Clock): Promise<string> {
  const { orgId, pipelineId, sourceConnectionId: connectionId } = run;
  const name = `p_${pipelineId.replaceAll('-', '')}`;
  const known = await tx.table(feeds).findOneBy({ pipelineId, connectionId });
  if (!known)
    await tx
      .table(feeds)
      .insert({ id: newId(clock), orgId, pipelineId, connectionId, name, wanted: true, triedAt: null });
  else if (!known.wanted) await tx.table(feeds).update({ id: known.id }, { wanted: true });
  return name;
}

/** Notes which feeds of a pipeline are not needed any more: all but the one over `connectionId`, if that is given. */
export async function releaseFeeds(tx: Tx, pipelineId: string, connectionId?: string): Promise<void> {
  await tx.query(
    'update feed set wanted = false where pipeline_id = $1 and ($2::uuid is null or connection_id <> $2)',
    [pipelineId, connectionId ?? null],
  );
}
