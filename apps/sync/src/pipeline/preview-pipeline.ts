import { type Input, type Output, type previewPipeline, previewOnWorker } from '@millrace/contracts';
import type { Call } from '@millrace/messaging';
import type { LeaseGrants } from '../partition/lease-grants.js';
import type { CheckPipeline } from './check-pipeline.js';
import { invalidPipeline } from './check-pipeline.js';

/** Shows what a document would make of a few live records. Sync sees none of them: the worker seals them for the person. */
export class PreviewPipeline {
  constructor(
    private readonly checker: CheckPipeline,
    private readonly grants: LeaseGrants,
  ) {}

  async execute(input: Input<typeof previewPipeline>, call: Call): Promise<Output<typeof previewPipeline>> {
    const { document, source, target } = await this.checker.check(input.document, call);
    const { orgId } = call.user;
    const index = input.stream === undefined ? 0 : document.streams.findIndex(({ from }) => from === input.stream);
    const stream = document.streams[index];
    if (!stream) throw invalidPipeline([{ path: '/streams', message: 'The document has no such stream.' }]);
    const [sourceTicket, targetTicket] = await Promise.all([
      this.grants.ticketFor(orgId, source.connectionId),
      this.grants.ticketFor(orgId, target.connectionId),
    ]);
    // Written before anybody sees anything.
    await call.act(async (_tx, about) =>
      about({ target: { kind: 'connection', id: source.connectionId }, details: { records: input.records } }),
    );
    const { records, publicKey } = input;
    const ask = { sourceTicket, targetTicket, document: input.document, stream: index, records, publicKey };
    const { sealed } = await call.ask(previewOnWorker, ask);
    return { stream: stream.from, sealed };
  }
}
