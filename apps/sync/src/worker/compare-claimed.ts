import { createFieldHasher } from '@millrace/crypto';
import { compareStream, type CompiledStream, DEFAULT_LIMITS } from '../engine/index.js';
import { NO_COUNTS } from '../run/run-counts.js';
import type { Moved } from './moved.js';
import type { OpenSystem } from './system-sessions.js';

/** Between two reports of how far a comparison has come. */
const REPORT_EVERY_RECORDS = 200_000;

/** Compares what both sides hold of a stream. An interrupted comparison starts over: it has written nothing. */
export async function compareClaimed(
  stream: CompiledStream,
  [source, target]: readonly [OpenSystem, OpenSystem],
  report: (read: number) => Promise<void>,
  signal: AbortSignal,
): Promise<Moved> {
  let [looked, reported] = [0, 0];
  const { comparison, discard } = await compareStream({
    stream,
    source: source.session,
    target: target.session,
    hasher: createFieldHasher(source.fieldKey.reveal()),
    limits: DEFAULT_LIMITS,
    signal,
    onProgress: async (count) => {
      looked = count;
      if (looked - reported < REPORT_EVERY_RECORDS && looked >= reported) return;
      reported = looked;
      await report(looked);
    },
  });
  const counts = { ...NO_COUNTS, read: comparison.source };
  const result = { counts, rejected: [], startedOver: true, discard };
  return {
    result,
    stream,
    comparison: { ...comparison, ranges: [...comparison.ranges], samples: [...comparison.samples] },
  };
}
