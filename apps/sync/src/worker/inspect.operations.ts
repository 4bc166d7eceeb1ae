import {
  dropFeed,
  estimateOnWorker,
  grantInspection,
  type Input,
  inspectConnection,
  previewInfo,
  previewOnWorker,
  syncProblems,
} from '@millrace/contracts';
import { sealTo, toBase64url } from '@millrace/crypto';
import { ConnectorError, findField } from '@millrace/connector-sdk';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { PipelineDocument, previewStream } from '../engine/index.js';
import { rounded } from './ask-budget.js';
import { compileBetween } from './compile-between.js';
import { type OpenSystem, SystemSessions } from './system-sessions.js';

/** Below the operation's own deadline, so that the caller hears why. */
const INSPECTION_TIMEOUT_MS = 15_000;

@Controller()
export class InspectOperations {
  constructor(private readonly sessions: SystemSessions) {}

  @Handles(inspectConnection)
  inspect({ ticket, want, streams }: Input<typeof inspectConnection>, call: Call) {
    return this.withSessions([ticket], call, async ([{ session }], signal) => {
      const { system } = await session.check(signal);
      if (want === 'check') return { serverVersion: system };
      const schema = await session.discover({ ...(streams ? { streams } : {}), signal });
      return { serverVersion: system, schema: JSON.parse(JSON.stringify(schema)) };
    });
  }

  /** Nobody but the person who asked can read what is answered. */
  @Handles(previewOnWorker)
  preview(input: Input<typeof previewOnWorker>, call: Call) {
    const { sourceTicket, targetTicket, stream: index, records, publicKey } = input;
    const document = PipelineDocument.parse(input.document);
    return this.withSessions([sourceTicket, targetTicket], call, async ([source, target], signal) => {
      const { stream, from } = await compileBetween(document, index, [source, target!], signal);
      const kindOf = (field: string) => findField(from, field)!.kind;
      const shown = await previewStream(stream, source.session, kindOf, records, signal);
      const sealed = await sealTo(publicKey, Buffer.from(JSON.stringify(shown.records)), previewInfo(stream.name));
      return { sealed: toBase64url(sealed), bytes: shown.bytes };
    });
  }

  @Handles(estimateOnWorker)
  estimate(input: Input<typeof estimateOnWorker>, call: Call) {
    const document = PipelineDocument.parse(input.document);
    return this.withSessions([input.sourceTicket, input.targetTicket], call, async ([source, target], signal) => {
      const streams = [];
      for (const index of document.streams.keys()) {
        const { stream } = await compileBetween(document, index, [source, target!], signal);
        const partition = { ...stream.partition, bounds: {} };
        streams.push(rounded(await source.session.estimate({ stream: stream.name, partition, signal })));
      }
      return { streams };
    });
  }

  @Handles(dropFeed)
  drop({ ticket, feed }: Input<typeof dropFeed>, call: Call) {
    return this.withSessions([ticket], call, async ([{ session }], signal) => {
      await session.log?.dropFeed(feed, signal);
      return { dropped: true };
    });
  }

  private async withSessions<T>(
    tickets: readonly string[],
    call: Call,
    work: (systems: [OpenSystem, OpenSystem?], signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.timeout(INSPECTION_TIMEOUT_MS);
    const { publicKey: workerKey } = this.sessions.workerKey;
    const systems: OpenSystem[] = [];
    try {
      for (const ticket of tickets) {
        const { grant } = await call.ask(grantInspection, { ticket, workerKey });
        systems.push(await this.sessions.open(grant, 'millrace inspect', signal));
      }
      return await work(systems as [OpenSystem, OpenSystem?], signal);
    } catch (error) {
      throw explained(error, signal);
    } finally {
      await Promise.all(systems.map(({ session }) => session.close().catch(() => undefined)));
    }
  }
}

/** What the person is told who set the connection up. */
function explained(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof ConnectorError) return new Problem(syncProblems.connectionFailed, { detail: error.message });
  if (error instanceof Problem && error.code.startsWith('egress.'))
    return new Problem(syncProblems.connectionFailed, { detail: error.details.detail ?? error.kind.help });
  if (signal.aborted)
    return new Problem(syncProblems.connectionFailed, { detail: 'The other system did not answer in time.' });
  return error;
}
