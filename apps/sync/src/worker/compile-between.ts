import { syncProblems } from '@millrace/contracts';
import { ConnectorError, findStream, type StreamSchema } from '@millrace/connector-sdk';
import { createFieldHasher, createFieldTokenizer } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import { type CompiledStream, compilePipeline, type PipelineDocument, validatePipeline } from '../engine/index.js';
import type { FollowDrift } from './follow-drift.js';
import type { OpenSystem } from './system-sessions.js';

/**
 * Compiles one stream of a document. Both sides are looked at again, because they may have changed since the pipeline was
 * applied; what `drift` makes of that is moved.
 * @throws Problem `sync.invalid-pipeline`, ConnectorError `missing-stream`
 */
export async function compileBetween(
  document: PipelineDocument,
  index: number,
  [source, target]: readonly [OpenSystem, OpenSystem],
  signal: AbortSignal,
  drift?: FollowDrift,
): Promise<{ readonly stream: CompiledStream; readonly from: StreamSchema }> {
  const mapping = document.streams[index]!;
  const [sourceSchema, targetSchema] = await Promise.all([
    source.session.discover({ streams: [mapping.from], signal }),
    target.session.discover({ streams: [`${document.target.schema}.${mapping.to}`], signal }),
  ]);
  const from = findStream(sourceSchema, mapping.from);
  if (!from) throw new ConnectorError('missing-stream', { stream: mapping.from });
  const alone = {
    ...document,
    streams: [(await drift?.mappingFor(index, mapping, from)) ?? mapping],
    metrics: document.metrics.filter(({ over }) => over === mapping.from),
  };
  const faults = validatePipeline(alone, sourceSchema, targetSchema);
  if (faults.length) throw new Problem(syncProblems.invalidPipeline, { errors: faults, detail: faults[0]!.message });
  const fieldKey = source.fieldKey.reveal();
  const keyed = { fieldHasher: createFieldHasher(fieldKey), tokenizer: createFieldTokenizer(fieldKey) };
  const [stream] = compilePipeline(alone, { source: sourceSchema, target: targetSchema, ...keyed });
  return { stream: stream!, from };
}
