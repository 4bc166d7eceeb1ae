import { type DiscardAttestation, type ReadLimits, type Session, SlabPool } from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import type { StreamFold } from './stream-fold.js';

export interface Measuring {
  readonly stream: CompiledStream;
  readonly source: Pick<Session, 'read'>;
  readonly fold: StreamFold;
  readonly limits: ReadLimits;
  readonly signal: AbortSignal;
  /** Told of the records looked at so far, after each batch. */
  readonly onProgress: (looked: number) => Promise<void>;
}

/** Reads a stream from its beginning to its end and folds it into its metrics; nothing is written. */
export async function measureStream({
  stream,
  source,
  fold,
  limits,
  signal,
  onProgress,
}: Measuring): Promise<{ readonly read: number; readonly discard: DiscardAttestation }> {
  const slabs = new SlabPool(limits.batchBytes);
  fold.startOver();
  let read = 0;
  try {
    const partition = { ...stream.partition, bounds: {} };
    for await (const { batch } of source.read({ partition, limits, slabs, signal })) {
      const out = slabs.take();
      stream.transform(batch, out);
      read += batch.rowCount;
      slabs.give(batch);
      fold.add(out);
      slabs.give(out);
      await onProgress(read);
    }
    return { read, discard: slabs.discard() };
  } catch (error) {
    slabs.discard();
    throw error;
  }
}
