import { type Input, type Output, type previewPipeline, previewOnWorker } from '@millrace/contracts';
import type { Call } from '@millrace/messaging';
import { countPreview, notePreview } from '../budget/count-preview.js';
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
    const { records, publicKey } = input;
    const { connectionId } = source;
    // Written before anybody sees anything.
    const counted = await call.act(async (tx, about) => {
      about({ target: { kind: 'connection', id: connectionId }, details: { records } });
      return countPreview(tx, { orgId, connectionId, stream: stream.from, records }, call.clock);
    });
    const ask = { sourceTicket, targetTicket, document: input.document, stream: index, records, publicKey };
    const { sealed, bytes } = await call.ask(previewOnWorker, ask);
    if (counted !== undefined) await call.tx((tx) => notePreview(tx, counted, bytes));
    return { stream: stream.from, sealed };
  }
}
