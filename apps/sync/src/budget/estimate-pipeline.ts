import { estimateOnWorker, type estimatePipeline, type Input, kernelProblems, type Output } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { ConnectionDesk } from '../connection/inspect-connection.js';
import type { PipelineDocument } from '../engine/index.js';
import type { LeaseGrants } from '../partition/lease-grants.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import { viewBudget } from './use-of-month.js';

/** Says what a run of a pipeline would read, before anything is read. */
export class EstimatePipeline {
  constructor(
    private readonly desk: ConnectionDesk,
    private readonly grants: LeaseGrants,
  ) {}

  async execute({ name }: Input<typeof estimatePipeline>, call: Call): Promise<Output<typeof estimatePipeline>> {
    const { orgId } = call.user;
    const pipeline = await call.tx((tx) => tx.table(pipelines).findOneBy({ name }));
    if (!pipeline) throw new Problem(kernelProblems.notFound);
    await this.desk.bothActive(call, orgId, pipeline);
    const { sourceConnectionId, targetConnectionId, document } = pipeline;
    const [sourceTicket, targetTicket] = await Promise.all(
      [sourceConnectionId, targetConnectionId].map((id) => this.grants.ticketFor(orgId, id)),
    );
    const asked = { sourceTicket: sourceTicket!, targetTicket: targetTicket!, document: document as never };
    const { streams } = await call.ask(estimateOnWorker, asked);
    const names = (document as unknown as PipelineDocument).streams.map(({ from }) => from);
    return {
      streams: streams.map((estimate, index) => ({ stream: names[index]!, ...estimate })),
      budget: await call.tx((tx) => viewBudget(tx, sourceConnectionId, call.clock.now())),
    };
  }
}
