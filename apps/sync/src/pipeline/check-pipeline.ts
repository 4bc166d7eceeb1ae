import { allows, type Connection, kernelProblems, permission, syncProblems, vaultProblems } from '@millrace/contracts';
import type { SystemSchema } from '@millrace/connector-sdk';
import { type Fault, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Runtime } from '@millrace/service';
import type { ConnectionDesk } from '../connection/inspect-connection.js';
import { minimumGroupSize } from '../metric/minimum-group-size.js';
import { detokenizes, parsePipeline, type PipelineDocument, validatePipeline } from '../engine/index.js';

/** A document that can work, and the connections that it names. */
export interface CheckedPipeline {
  readonly document: PipelineDocument;
  readonly source: Connection;
  readonly target: Connection;
  /** What was discovered at the source. */
  readonly sourceSchema: SystemSchema;
}

/** Checks a document against both systems: every fault at once, each with its place in the document. */
export class CheckPipeline {
  constructor(
    private readonly runtime: Runtime,
    private readonly desk: ConnectionDesk,
  ) {}

  /** `name` is what the document must be called, where the request says so. */
  async check(input: unknown, call: Call, name?: string): Promise<CheckedPipeline> {
    const { document, faults } = parsePipeline(input);
    if (faults) throw invalidPipeline(faults);
    const { orgId } = call.user;
    if (detokenizes(document) && !allows(permission('records.detokenize'), call.caller))
      throw new Problem(syncProblems.detokenizeRefused);
    const found = await Promise.allSettled([
      this.desk.active(call, orgId, document.source.connection),
      this.desk.active(call, orgId, document.target.connection),
    ]);
    const problems = [
      ...(name === undefined || document.name === name
        ? []
        : [{ path: '/name', message: 'must be the name in the address' }]),
      ...this.metricsFault(document),
      ...found.flatMap((one, index) =>
        one.status === 'rejected'
          ? [connectionFault(one.reason, index === 0 ? '/source/connection' : '/target/connection')]
          : [],
      ),
    ];
    if (problems.length) throw invalidPipeline(problems);
    const [source, target] = found.map((one) => (one as PromiseFulfilledResult<Connection>).value) as [
      Connection,
      Connection,
    ];
    const [sourceSchema, targetSchema] = await Promise.all([
      this.desk.schema(
        call,
        orgId,
        source.connectionId,
        document.streams.map((stream) => stream.from),
      ),
      this.desk.schema(
        call,
        orgId,
        target.connectionId,
        document.streams.map((stream) => `${document.target.schema}.${stream.to}`),
      ),
    ]);
    const mismatches = validatePipeline(document, sourceSchema, targetSchema);
    if (mismatches.length) throw invalidPipeline(mismatches);
    return { document, source, target, sourceSchema };
  }

  private metricsFault({ metrics }: PipelineDocument): Fault[] {
    const isOff = metrics.length > 0 && minimumGroupSize(this.runtime.charter) === undefined;
    return isOff
      ? [{ path: '/metrics', message: `${syncProblems.metricsOff.title}. ${syncProblems.metricsOff.help}` }]
      : [];
  }
}

/** Most faults of one document that are listed. */
const MAX_FAULTS = 100;

export function invalidPipeline(faults: readonly Fault[]): Problem {
  const errors = faults.slice(0, MAX_FAULTS).map((fault) => ({ ...fault, path: `/document${fault.path}` }));
  const detail =
    faults.length === 1
      ? 'One thing in the document is not right.'
      : `${faults.length} things in the document are not right.`;
  return new Problem(syncProblems.invalidPipeline, { errors, detail });
}

function connectionFault(reason: unknown, path: string): Fault {
  if (reason instanceof Problem && reason.code === kernelProblems.notFound.code)
    return { path, message: 'There is no connection of this name or id.' };
  if (reason instanceof Problem && reason.code === vaultProblems.connectionRevoked.code)
    return { path, message: 'The connection has been revoked; name another one.' };
  if (reason instanceof Problem && reason.code === vaultProblems.reconnectNeeded.code)
    return { path, message: 'The provider no longer accepts the connection; connect it again.' };
  throw reason;
}
