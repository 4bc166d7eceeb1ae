import {
  type Batch,
  type DiscardAttestation,
  type Partition,
  type ReadLimits,
  type Session,
  SlabPool,
} from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import type { FieldHasher } from '../mapping/field-keys.js';
import { BucketSums, bucketName, bucketOf, type ShortPrint, shortPrint } from './bucket-sums.js';

/** Records of differing buckets that are told apart one by one; with more, only the buckets are named. */
const MAX_TOLD_APART = 200_000;
/** Ranges and sample fingerprints of a report. */
const MAX_RANGES = 100;
const MAX_SAMPLES = 20;

export interface Comparing {
  readonly stream: CompiledStream;
  readonly source: Pick<Session, 'read'>;
  readonly target: Pick<Session, 'read'>;
  readonly hasher: FieldHasher;
  readonly limits: ReadLimits;
  readonly signal: AbortSignal;
  /** Told of the records looked at so far, after each batch. */
  readonly onProgress: (looked: number) => Promise<void>;
}

/** A stretch of keyed fingerprints, of which the records are not the same on both sides. */
export interface DifferingRange {
  /** The first three hexadecimal digits of the keys' fingerprints. */
  readonly prefix: string;
  readonly source: number;
  readonly target: number;
}

/** What both sides hold, as numbers and keyed fingerprints; no record. */
export interface Comparison {
  readonly source: number;
  readonly target: number;
  /** Records of the source that the mapping rejects, and that the target therefore cannot have. */
  readonly rejected: number;
  readonly differingRanges: number;
  readonly ranges: readonly DifferingRange[];
  /** Absent when more records would have to be told apart than is done. */
  readonly missing?: number;
  readonly extra?: number;
  readonly changed?: number;
  /** Fingerprints of the keys of some records that differ. */
  readonly samples: readonly string[];
}

/**
 * Compares a stream with its target: both are read once, mapped as a run would, and only sums of keyed fingerprints are
 * kept. Where sums differ, the records of those buckets are read once more and told apart by their fingerprints.
 */
export async function compareStream(
  comparing: Comparing,
): Promise<{ comparison: Comparison; discard: DiscardAttestation }> {
  const slabs = new SlabPool(comparing.limits.batchBytes);
  try {
    const comparison = await compare(comparing, slabs);
    return { comparison, discard: slabs.discard() };
  } catch (error) {
    slabs.discard();
    throw error;
  }
}

async function compare(comparing: Comparing, slabs: SlabPool): Promise<Comparison> {
  const [source, target] = [new BucketSums(), new BucketSums()];
  const rejected = await readSource(comparing, slabs, (key, record) => source.add(bucketOf(key), record));
  await readTarget(comparing, slabs, (key, record) => target.add(bucketOf(key), record));
  const buckets = source.differing(target);
  const ranges = buckets
    .slice(0, MAX_RANGES)
    .map((one) => ({ prefix: bucketName(one), source: source.count(one), target: target.count(one) }));
  const sums = { source: source.total, target: target.total, rejected, differingRanges: buckets.length, ranges };
  const suspects = buckets.reduce((sum, one) => sum + Math.max(source.count(one), target.count(one)), 0);
  if (suspects > MAX_TOLD_APART) return { ...sums, samples: [] };
  return { ...sums, ...(await tellApart(comparing, slabs, new Set(buckets))) };
}

async function tellApart(comparing: Comparing, slabs: SlabPool, buckets: ReadonlySet<number>) {
  const inSource = new Map<string, ShortPrint>();
  const differences = { missing: 0, extra: 0, changed: 0 };
  const samples: string[] = [];
  const note = (kind: keyof typeof differences, key: string) => {
    differences[kind]++;
    if (samples.length < MAX_SAMPLES) samples.push(key);
  };
  if (buckets.size === 0) return { ...differences, samples };
  await readSource(comparing, slabs, (key, record, name) => {
    if (buckets.has(bucketOf(key))) inSource.set(name, record);
  });
  await readTarget(comparing, slabs, (key, record, name) => {
    if (!buckets.has(bucketOf(key))) return;
    const expected = inSource.get(name);
    inSource.delete(name);
    if (!expected) note('extra', name);
    else if (expected.high !== record.high || expected.low !== record.low) note('changed', name);
  });
  for (const name of inSource.keys()) note('missing', name);
  return { ...differences, samples };
}

/** Hears of each record: its key's fingerprint, its own, and the key's in full. */
type Hear = (key: ShortPrint, record: ShortPrint, name: string) => void;

async function readSource(comparing: Comparing, slabs: SlabPool, hear: Hear): Promise<number> {
  const { stream, source, limits, signal, onProgress } = comparing;
  let [looked, rejected] = [0, 0];
  for await (const { batch } of source.read({
    partition: { ...stream.partition, bounds: {} },
    limits,
    slabs,
    signal,
  })) {
    const out = slabs.take();
    const mapped = stream.transform(batch, out);
    rejected += mapped.rejected.length;
    looked += batch.rowCount;
    hearRecords(comparing, out, hear);
    slabs.give(batch);
    slabs.give(out);
    await onProgress(looked);
  }
  return rejected;
}

async function readTarget(comparing: Comparing, slabs: SlabPool, hear: Hear): Promise<void> {
  const { stream, target, limits, signal, onProgress } = comparing;
  const partition: Partition = {
    stream: `${stream.target.schema}.${stream.target.name}`,
    projection: stream.columns.map(({ name }) => ({ field: name, as: 'as-is' })),
    key: [],
    uniqueKey: false,
    bounds: {},
  };
  let looked = 0;
  for await (const { batch } of target.read({ partition, limits, slabs, signal })) {
    looked += batch.rowCount;
    hearRecords(comparing, batch, hear);
    slabs.give(batch);
    await onProgress(looked);
  }
}

function hearRecords({ stream, hasher }: Comparing, batch: Batch, hear: Hear): void {
  const cells = stream.columns.length;
  for (let row = 0; row < batch.rowCount; row++) {
    const start = batch.rowStarts[row]!;
    const name = stream.fingerprint(batch, row);
    hear(shortPrint(name), shortPrint(hasher(batch.bytes.subarray(start, endOfRow(batch, start, cells)))), name);
  }
}

/** Batches as read have gaps between their rows. */
function endOfRow({ bytes }: Batch, start: number, cells: number): number {
  let at = start + 2;
  for (let cell = 0; cell < cells; cell++) at += 4 + Math.max(bytes.readInt32BE(at), 0);
  return at;
}
