import type { KeyBounds, Session } from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import type { PartitionPlan } from './plan-partition.js';

/** Records below which a part of a stream is not worth a partition of its own. */
const MIN_PART_RECORDS = 250_000;

export interface Splitting {
  readonly stream: CompiledStream;
  readonly plan: PartitionPlan;
  /** Records that the source expects to give. */
  readonly expected: number | undefined;
  /** Most partitions that may read at once. */
  readonly most: number;
  readonly source: Pick<Session, 'split'>;
  readonly target: Pick<Session, 'lastKey'>;
  readonly signal: AbortSignal;
}

/**
 * The plans of the partitions that move a long stream together, in the order of its key; the given plan alone where it is
 * short or cannot be split: by a key that is not unique, by a source that cannot say where, or where something is decided
 * about the stream as a whole (a new set, deletions, the position of later runs, what is measured).
 */
export async function splitPlan(splitting: Splitting): Promise<PartitionPlan[]> {
  const { stream, plan, expected = 0, most, source, target, signal } = splitting;
  const wanted = Math.min(most, Math.floor(expected / MIN_PART_RECORDS));
  if (wanted < 2 || !canSplit(stream, plan) || !source.split) return [plan];
  const { stream: name, key, filter } = stream.partition;
  const positions = await source.split({ stream: name, key, filter, parts: wanted, signal });
  if (positions.length === 0) return [plan];
  const into = `${stream.target.schema}.${stream.target.name}`;
  const isFresh =
    stream.mode === 'upsert' &&
    (await target.lastKey({ stream: into, key: stream.key, signal }).catch(missing)) === undefined;
  const share = 1 / (positions.length + 1);
  return [...positions, undefined].map((end, index) => {
    const after = positions[index - 1];
    const bounds: KeyBounds = {
      ...plan.bounds,
      ...(after ? { after } : {}),
      ...(end ? { upTo: end } : {}),
    };
    return { ...plan, bounds, share, ...(isFresh ? { fresh: true } : {}) };
  });
}

function canSplit(
  { mode, partition, deletes, cursor, metrics }: CompiledStream,
  { order, backfill }: PartitionPlan,
): boolean {
  const isWhole =
    mode === 'replace' || deletes !== undefined || cursor !== undefined || backfill === true || metrics.length > 0;
  return order === 'key' && partition.key.length > 0 && partition.uniqueKey && mode !== 'update' && !isWhole;
}

/** A table that will be created is as empty as can be. */
function missing(): undefined {
  return undefined;
}
