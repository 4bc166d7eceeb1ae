import type { applyPipeline, Input, Output } from '@millrace/contracts';
import { newId } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import { detokenizes, mappingDigest, nextDue, type PipelineDocument } from '../engine/index.js';
import { recordShapes } from '../drift/record-shapes.js';
import { followsLog, releaseFeeds } from '../feed/feeds-of-pipeline.js';
import { forgetStale } from '../metric/forget-results.js';
import type { CheckPipeline } from './check-pipeline.js';
import { streamPositions } from '../position/position.table.js';
import { refuseCircle } from './refuse-circle.js';
import { viewPipeline } from './pipeline-view.js';
import { pipelines } from './pipeline.table.js';

/** Creates or changes a pipeline, after checking its document against both systems: every fault at once, nothing half done. */
export class ApplyPipeline {
  constructor(private readonly checker: CheckPipeline) {}

  async execute({ name, document }: Input<typeof applyPipeline>, call: Call): Promise<Output<typeof applyPipeline>> {
    const checked = await this.checker.check(document, call, name);
    const digest = mappingDigest(checked.document);
    const { orgId } = call.user;
    const now = call.clock.now();
    return call.act(async (tx, about) => {
      const known = await tx.table(pipelines).findOne({ where: { name }, lock: { mode: 'pessimistic_write' } });
      const row = {
        id: known?.id ?? newId(call.clock),
        orgId,
        name,
        version: known ? known.version + (known.digest === digest ? 0 : 1) : 1,
        digest,
        document: checked.document as unknown as Record<string, unknown>,
        sourceConnectionId: checked.source.connectionId,
        targetConnectionId: checked.target.connectionId,
        sourceProvider: checked.source.provider,
        targetProvider: checked.target.provider,
        ...dueOf(checked.document, known ?? undefined, now),
        createdAt: known?.createdAt ?? now,
        updatedAt: now,
      };
      await tx.table(pipelines).save(row as never);
      await forgetStale(tx, row, checked.document);
      await recordShapes(tx, row, checked.document, checked.sourceSchema, call.clock);
      // What was read over one connection into another says nothing about a different pair.
      const isMoved =
        known?.sourceConnectionId !== row.sourceConnectionId || known.targetConnectionId !== row.targetConnectionId;
      if (isMoved) await tx.table(streamPositions).delete({ pipelineId: row.id });
      await refuseCircle(tx, row.name, row.runsAfter);
      await releaseFeeds(tx, row.id, followsLog(checked.document) ? row.sourceConnectionId : undefined);
      const change = known ? (known.digest === digest ? 'unchanged' : 'updated') : 'created';
      about({
        target: { kind: 'pipeline', id: row.id },
        details: {
          change,
          version: row.version,
          mappingDigest: digest,
          detokenizes: detokenizes(checked.document),
        },
      });
      return { pipeline: viewPipeline(row), change };
    });
  }
}

/** When the pipeline is due next: as before while its schedule is the same. */
function dueOf({ schedule }: PipelineDocument, known: Row<typeof pipelines> | undefined, now: Date) {
  const before = (known?.document as PipelineDocument | undefined)?.schedule;
  const isSame = known !== undefined && JSON.stringify(before) === JSON.stringify(schedule);
  return {
    runsAfter: schedule && 'after' in schedule ? schedule.after : null,
    nextRunAt: isSame ? known.nextRunAt : ((schedule && nextDue(schedule, now)) ?? null),
  };
}
