import { type driftPartition, type Input, type Output, schemaDrifted } from '@millrace/contracts';
import type { Clock } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import {
  describeDrift,
  type DriftChange,
  mappingDigest,
  type PipelineDocument,
  settleDrift,
  shapeDigest,
  type StreamMapping,
  type StreamShape,
} from '../engine/index.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import type { RunRow } from '../run/run-view.js';
import { runs } from '../run/run.table.js';
import { streamShapes } from './shape.table.js';

/**
 * Decides what a run does about a stream that is not what it was: applies the policy of the run's document, notes what
 * was found, tells the owners once, and writes a mapping that follows into the pipeline, as a version of its own.
 */
export async function settleStream(
  tx: Tx,
  run: RunRow,
  { stream, fields }: Pick<Input<typeof driftPartition>, 'stream' | 'fields'>,
  clock: Clock,
): Promise<Output<typeof driftPartition>> {
  const document = run.document as unknown as PipelineDocument;
  const mapping = document.streams[stream]!;
  const known = await tx.table(streamShapes).findOne({
    where: { pipelineId: run.pipelineId, streamName: mapping.from },
    lock: { mode: 'pessimistic_write' },
  });
  if (!known) return {};
  const shape: StreamShape = Object.fromEntries(fields.map(({ name, type }) => [name, type]));
  const digest = shapeDigest(shape);
  const settled = settleDrift(mapping, document.drift, known.fields, fields);
  const { changes } = settled;
  const isStopped = changes.some(({ outcome }) => outcome === 'stopped');
  if (changes.length > 0 && known.toldDigest !== digest) await tell(tx, run, changes);
  const found = changes.length > 0 ? { drift: { at: clock.now().toISOString(), changes }, toldDigest: digest } : {};
  // What stopped the run is still another shape for the next one.
  const accepted = isStopped ? {} : { fields: shape, digest };
  await tx.table(streamShapes).update({ id: known.id }, { ...found, ...accepted } as never);
  if (isStopped) return { stop: describeDrift(changes).slice(0, 500) };
  if (settled.mapping === mapping) return {};
  await follow(tx, run, stream, settled.mapping, clock);
  return { mapping: settled.mapping as unknown as NonNullable<Output<typeof driftPartition>['mapping']> };
}

async function tell(tx: Tx, run: RunRow, changes: readonly DriftChange[]): Promise<void> {
  const { orgId, pipelineId, id: runId } = run;
  const count = (outcome: DriftChange['outcome']) => changes.filter((change) => change.outcome === outcome).length;
  const [stopped, ignored, propagated] = [count('stopped'), count('ignored'), count('propagated')];
  await tx.audit({
    event: 'stream.drifted',
    orgId,
    target: { kind: 'pipeline', id: pipelineId },
    details: { runId, stopped, ignored, propagated },
  });
  await tx.emit(schemaDrifted, { orgId, runId, pipelineId, stops: stopped > 0 });
}

/** Writes the mapping into the run and, unless somebody has changed it since, into the pipeline. */
async function follow(tx: Tx, run: RunRow, stream: number, mapping: StreamMapping, clock: Clock): Promise<void> {
  const document = run.document as unknown as PipelineDocument;
  const amended = { ...document, streams: document.streams.map((one, index) => (index === stream ? mapping : one)) };
  const digest = mappingDigest(amended);
  const pipeline = await tx
    .table(pipelines)
    .findOne({ where: { id: run.pipelineId }, lock: { mode: 'pessimistic_write' } });
  const isPresent = pipeline?.digest === run.mappingDigest;
  const version = run.pipelineVersion + (isPresent ? 1 : 0);
  await tx
    .table(runs)
    .update({ id: run.id }, { document: amended, mappingDigest: digest, pipelineVersion: version } as never);
  if (isPresent)
    await tx
      .table(pipelines)
      .update({ id: pipeline.id }, { document: amended, digest, version, updatedAt: clock.now() } as never);
}
