import {
  applyPipeline,
  checkPipeline,
  deletePipeline,
  type Input,
  kernelProblems,
  listPipelines,
  type Output,
  previewPipeline,
  readPipeline,
  readPipelineSchema,
  resetStream,
  syncProblems,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import { Controller } from '@nestjs/common';
import { mappingDigest, type PipelineDocument, pipelineJsonSchema, readingKind } from '../engine/index.js';
import { driftOf } from '../drift/drift-of-pipeline.js';
import { pageOf } from '../history/page.js';
import { releaseFeeds } from '../feed/feeds-of-pipeline.js';
import { positionName } from '../position/obtain-position.js';
import { streamPositions } from '../position/position.table.js';
import { isActive } from '../run/start-run.js';
import { ApplyPipeline } from './apply-pipeline.js';
import { CheckPipeline } from './check-pipeline.js';
import { PreviewPipeline } from './preview-pipeline.js';
import { viewPipeline } from './pipeline-view.js';
import { pipelines } from './pipeline.table.js';

@Controller()
export class PipelineOperations {
  constructor(
    private readonly checker: CheckPipeline,
    private readonly applier: ApplyPipeline,
    private readonly previewer: PreviewPipeline,
  ) {}

  @Handles(applyPipeline)
  apply(input: Input<typeof applyPipeline>, call: Call) {
    return this.applier.execute(input, call);
  }

  @Handles(checkPipeline)
  async check({ name, document }: Input<typeof checkPipeline>, call: Call) {
    const checked = await this.checker.check(document, call, name);
    const known = await call.tx((tx) => tx.table(pipelines).findOneBy({ name }));
    const change = !known ? 'created' : known.digest === mappingDigest(checked.document) ? 'unchanged' : 'updated';
    return {
      change,
      document: checked.document as unknown as Output<typeof checkPipeline>['document'],
      ...(known ? { present: known.document as Output<typeof checkPipeline>['document'] } : {}),
    } as const;
  }

  @Handles(readPipelineSchema)
  async schema() {
    return pipelineJsonSchema() as Output<typeof readPipelineSchema>;
  }

  @Handles(previewPipeline)
  preview(input: Input<typeof previewPipeline>, call: Call) {
    return this.previewer.execute(input, call);
  }

  @Handles(listPipelines)
  list({ after, limit }: Input<typeof listPipelines>, call: Call) {
    return call.tx(async (tx) => {
      const query = tx
        .table(pipelines)
        .createQueryBuilder('pipeline')
        .where('pipeline.name > :after', { after: after ?? '' });
      const rows = await query
        .orderBy('pipeline.name')
        .limit(limit + 1)
        .getMany();
      const { items, last } = pageOf((rows as Row<typeof pipelines>[]).map(viewPipeline), limit);
      return { pipelines: items, ...(last ? { next: last.name } : {}) };
    });
  }

  @Handles(readPipeline)
  async read({ name }: Input<typeof readPipeline>, call: Call) {
    return call.tx(async (tx) => {
      const row = await tx.table(pipelines).findOneBy({ name });
      if (!row) throw new Problem(kernelProblems.notFound);
      return { ...viewPipeline(row), drift: await driftOf(tx, row.id) };
    });
  }

  @Handles(resetStream)
  reset({ name, stream }: Input<typeof resetStream>, call: Call) {
    return call.act(async (tx, about) => {
      const row = await tx.table(pipelines).findOne({ where: { name }, lock: { mode: 'pessimistic_write' } });
      const { streams } = (row?.document ?? { streams: [] }) as unknown as PipelineDocument;
      if (!row || !streams.some(({ from }) => from === stream)) throw new Problem(kernelProblems.notFound);
      if (await isActive(tx, row.id)) throw new Problem(syncProblems.runActive);
      const { read } = streams.find(({ from }) => from === stream)!;
      const streamName = positionName(readingKind(read), { streamName: stream });
      const { affected } = await tx.table(streamPositions).delete({ pipelineId: row.id, streamName });
      about({ target: { kind: 'pipeline', id: row.id } });
      return { stream, hadPosition: (affected ?? 0) > 0 };
    });
  }

  @Handles(deletePipeline)
  delete({ name }: Input<typeof deletePipeline>, call: Call) {
    return call.act(async (tx, about) => {
      const row = await tx.table(pipelines).findOne({ where: { name }, lock: { mode: 'pessimistic_write' } });
      if (!row) throw new Problem(kernelProblems.notFound);
      if (await isActive(tx, row.id)) throw new Problem(syncProblems.runActive);
      await releaseFeeds(tx, row.id);
      await tx.table(pipelines).delete({ id: row.id });
      about({ target: { kind: 'pipeline', id: row.id } });
      return { pipelineId: row.id };
    });
  }
}
