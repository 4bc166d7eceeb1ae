import {
  type Connection,
  type Input,
  kernelProblems,
  type Output,
  type applyPipeline,
  syncProblems,
  vaultProblems,
} from '@millrace/contracts';
import { type Fault, newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import { mappingDigest, nextDue, parsePipeline, type PipelineDocument, validatePipeline } from '../engine/index.js';
import { type ConnectionDesk } from '../connection/inspect-connection.js';
import { pipelines } from './pipeline.table.js';
import { viewPipeline } from './pipeline-view.js';

interface Checked {
  readonly document: PipelineDocument;
  readonly source: Connection;
  readonly target: Connection;
}

/** Creates or changes a pipeline, after checking its document against both systems: every fault at once, nothing half done. */
export class ApplyPipeline {
  constructor(private readonly desk: ConnectionDesk) {}

  async execute({ name, document }: Input<typeof applyPipeline>, call: Call): Promise<Output<typeof applyPipeline>> {
    const checked = await this.check(name, document, call);
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
      const change = known ? (known.digest === digest ? 'unchanged' : 'updated') : 'created';
      about({
        target: { kind: 'pipeline', id: row.id },
        details: { change, version: row.version, mappingDigest: digest },
      });
      return { pipeline: viewPipeline(row), change };
    });
  }

  private async check(name: string, input: unknown, call: Call): Promise<Checked> {
    const { document, faults } = parsePipeline(input);
    if (faults) throw invalid(faults);
    const { orgId } = call.user;
    const found = await Promise.allSettled([
      this.desk.active(call, orgId, document.source.connection),
      this.desk.active(call, orgId, document.target.connection),
    ]);
    const problems = [
      ...(document.name === name ? [] : [{ path: '/name', message: 'must be the name in the address' }]),
      ...found.flatMap((one, index) =>
        one.status === 'rejected'
          ? [connectionFault(one.reason, index === 0 ? '/source/connection' : '/target/connection')]
          : [],
      ),
    ];
    if (problems.length) throw invalid(problems);
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
    if (mismatches.length) throw invalid(mismatches);
    return { document, source, target };
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

/** Most faults of one document that are listed. */
const MAX_FAULTS = 100;

function invalid(faults: readonly Fault[]): Problem {
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
  throw reason;
}
